package networks

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/network/nettest"

	"github.com/miekg/dns"
	"golang.org/x/sys/unix"
)

// lookUp asks a network's name server from a container, and returns what it says on
// one line. A question may be lost, so it is asked again.
func lookUp(t *testing.T, from *nettest.Namespace, n *Network, name string, kind uint16) (answer string) {
	t.Helper()
	server := netip.AddrPortFrom(n.Gateway, 53).String()
	from.Run(t, func() {
		nettest.Await(t, "an answer about "+name, func() bool {
			client := dns.Client{Timeout: 5 * time.Second}
			reply, _, err := client.Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), kind), server)
			if err != nil {
				return false
			}
			answer = dns.RcodeToString[reply.Rcode]
			for _, record := range reply.Answer {
				answer += " " + strings.TrimPrefix(record.String(), record.Header().String())
			}
			return true
		})
	})
	return answer
}

// named connects a container that has names.
func (w world) named(t *testing.T, n *Network, digit string, list ...string) (*Lease, *nettest.Namespace) {
	t.Helper()
	container, id := nettest.New(t), strings.Repeat(digit, 64)
	w.alive[id] = true
	lease, err := w.Connect(Request{
		Network: n, Container: id, Name: list[0], Names: list, Namespace: container.Path(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return lease, container
}

// serverOf is the process that answers for the network with that id, or for any of
// the engine's that keeps its files there; 0 if there is none.
func serverOf(id string) int {
	paths, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range paths {
		text, _ := os.ReadFile(path) // of one that is gone by now: none
		if strings.HasPrefix(string(text), serverArg+"\x00") && strings.Contains(string(text), "\x00"+id+"\x00") {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			return pid
		}
	}
	return 0
}

func TestNamesAliasesAndAddressesAreAnswered(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop", Subnet: netip.MustParsePrefix("10.77.0.0/24")})
	other := w.network(t, Spec{Name: "back", Subnet: netip.MustParsePrefix("10.78.0.0/24")})
	web, from := w.named(t, n, "a", "web", "www")
	w.named(t, n, "b", "db1", "db")
	w.named(t, n, "c", "db2", "db")
	w.named(t, other, "d", "secret")
	if web.NameServer != n.Gateway {
		t.Errorf("got name server %s, want the gateway", web.NameServer)
	}
	for _, test := range []struct {
		name string
		kind uint16
		want string
	}{
		{"www", dns.TypeA, "NOERROR 10.77.0.2"},
		{"web.shop", dns.TypeA, "NOERROR 10.77.0.2"},
		{"db", dns.TypeA, "NOERROR 10.77.0.3 10.77.0.4"},
		{"3.0.77.10.in-addr.arpa", dns.TypePTR, "NOERROR db1.shop."},
		{"secret", dns.TypeA, "NXDOMAIN"}, // of another network
	} {
		if got := lookUp(t, from, n, test.name, test.kind); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	inside, err := w.Connect(Request{
		Network: other, Container: web.Container, Name: "web", Names: []string{"web"}, Namespace: from.Path(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := lookUp(t, from, n, "secret", dns.TypeA); inside.Inside != "eth1" || got != "NOERROR 10.78.0.2" {
		t.Errorf("secret, by one who is on its network too: got %q", got)
	}
}

func TestANameServerLivesAsLongAsItsNetworkIsUp(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	lease, _ := w.named(t, n, "a", "web")
	first := serverOf(n.ID)
	if first == 0 {
		t.Fatal("no name server for a container that runs")
	}
	if err := w.Disconnect(lease.Container); err != nil {
		t.Fatal(err)
	}
	nettest.Await(t, "the name server to end", func() bool { return errors.Is(unix.Kill(first, 0), unix.ESRCH) })
	_, from := w.named(t, n, "b", "web")
	if got := lookUp(t, from, n, "web", dns.TypeA); !strings.HasPrefix(got, "NOERROR 1") {
		t.Errorf("with the network up again: got %q", got)
	}
}

func TestANameServerThatWasKilledIsStartedAgain(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop", Subnet: netip.MustParsePrefix("10.77.0.0/24")})
	_, from := w.named(t, n, "a", "web")
	for name, operation := range map[string]func(){
		"a look for the dead": func() {
			if err := w.Sweep(); err != nil {
				t.Error(err)
			}
		},
		"a neighbour": func() { w.named(t, n, "b", "other") },
	} {
		killed := serverOf(n.ID)
		if killed == 0 {
			t.Fatal("no name server for a container that runs")
		}
		unix.Kill(killed, unix.SIGKILL)
		nettest.Await(t, "the name server to end", func() bool { return errors.Is(unix.Kill(killed, 0), unix.ESRCH) })
		operation()
		if got := lookUp(t, from, n, "web", dns.TypeA); got != "NOERROR 10.77.0.2" {
			t.Errorf("after %s: got %q", name, got)
		}
	}
}

func TestANetworkWhosePort53IsTakenComesUpWithoutNames(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	taken, err := net.ListenPacket("udp4", "0.0.0.0:53")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	err = w.Prepare(n)
	if !errors.Is(err, ErrNoNames) || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("prepared: got %v", err)
	}
	if lease, _ := w.named(t, n, "a", "web"); lease.NameServer.IsValid() {
		t.Errorf("got name server %s, want none", lease.NameServer)
	}
}
