package nat_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"
	"drydock/mini-docker/network/nettest"

	"github.com/google/nftables"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { nettest.Main(m) }

// briefly is how long a connection is tried that must not come about: the world
// is alive, and one that may takes no more than a millisecond.
const briefly = 300 * time.Millisecond

// world is a host with a network of two containers and a machine outside:
//
//	outside 10.9.0.2 ── wan 10.9.0.1  host  mini0 172.17.0.1 ── 172.17.0.2, 172.17.0.3
type world struct{ outside, first, second *nettest.Namespace }

func newWorld(t *testing.T, n nat.Network) world {
	t.Helper()
	if err := network.Forward(); err != nil {
		t.Fatal(err)
	}
	wan := nettest.Bridge(t, "wan", "10.9.0.1/24")
	mini := nettest.Bridge(t, "mini0", "172.17.0.1/16")
	var w world
	w.outside, _ = nettest.Connect(t, wan, "10.9.0.2/24", "10.9.0.1")
	w.first, _ = nettest.Connect(t, mini, "172.17.0.2/16", "172.17.0.1")
	w.second, _ = nettest.Connect(t, mini, "172.17.0.3/16", "172.17.0.1")
	n.Bridge, n.Subnet = "mini0", netip.MustParsePrefix("172.17.0.0/16")
	if err := nat.New(n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nat.Remove("mini0") })
	w.outside.Run(t, func() { nettest.Serve(t, "10.9.0.2:80") })
	w.first.Run(t, func() { nettest.Serve(t, "172.17.0.2:80") })
	return w
}

// web is port 8080 of the host, published for the first container.
var web = nat.Port{Protocol: nat.TCP, Port: 8080, To: netip.MustParseAddrPort("172.17.0.2:80"), Owner: "first"}

func publish(t *testing.T, ports ...nat.Port) {
	t.Helper()
	if err := nat.Publish("mini0", ports...); err != nil {
		t.Fatal(err)
	}
}

// reaches checks what a server says, or for "" that it is not reached.
func reaches(t *testing.T, address, want string) {
	t.Helper()
	patience := nettest.Patience
	if want == "" {
		patience = briefly
	}
	got, err := nettest.Ask(address, patience)
	if got != want || (err == nil) != (want != "") {
		t.Errorf("%s: got %q, %v; want %q", address, got, err, want)
	}
}

func TestContainersReachTheWorldUnderTheHostsAddress(t *testing.T) {
	w := newWorld(t, nat.Network{})
	w.first.Run(t, func() { reaches(t, "10.9.0.2:80", "10.9.0.1") })
}

func TestAPublishedPortAnswersFromEverywhere(t *testing.T) {
	for _, seen := range []string{"0", "1"} {
		t.Run("bridge-nf-call-iptables "+seen, func(t *testing.T) {
			nettest.Set(t, "bridge/bridge-nf-call-iptables", seen)
			w := newWorld(t, nat.Network{})
			publish(t, web)
			reaches(t, "127.0.0.1:8080", "172.17.0.1")
			reaches(t, "10.9.0.1:8080", "10.9.0.1")
			w.outside.Run(t, func() { reaches(t, "10.9.0.1:8080", "10.9.0.2") })
			for _, container := range []*nettest.Namespace{w.first, w.second} {
				container.Run(t, func() {
					reaches(t, "172.17.0.1:8080", "172.17.0.1")
					reaches(t, "10.9.0.1:8080", "172.17.0.1")
				})
			}
			w.second.Run(t, func() { reaches(t, "172.17.0.2:80", "172.17.0.3") })
		})
	}
}

func TestAPortPublishedAtOneAddressAnswersThere(t *testing.T) {
	w := newWorld(t, nat.Network{})
	here := web
	here.Address = netip.MustParseAddr("127.0.0.1")
	publish(t, here)
	reaches(t, "127.0.0.1:8080", "172.17.0.1")
	reaches(t, "10.9.0.1:8080", "")
	w.outside.Run(t, func() {
		reaches(t, "10.9.0.1:8080", "")
		routeLoopbackOut(t, "10.9.0.1")
		reaches(t, "127.0.0.1:8080", "")
	})
}

func TestWhatIsNotPublishedIsNotReachedFromOutside(t *testing.T) {
	w := newWorld(t, nat.Network{})
	w.outside.Run(t, func() { reaches(t, "172.17.0.2:80", "") })
	nat.Remove("mini0")
	w.outside.Run(t, func() { reaches(t, "172.17.0.2:80", "10.9.0.2") }) // it was the rules that stopped it
}

func TestNetworksDoNotReachOneAnother(t *testing.T) {
	w := newWorld(t, nat.Network{})
	publish(t, web)
	other := nettest.Bridge(t, "mini1", "172.18.0.1/16")
	stranger, _ := nettest.Connect(t, other, "172.18.0.2/16", "172.18.0.1")
	if err := nat.New(nat.Network{Bridge: "mini1", Subnet: netip.MustParsePrefix("172.18.0.0/16")}); err != nil {
		t.Fatal(err)
	}
	defer nat.Remove("mini1")
	stranger.Run(t, func() {
		nettest.Serve(t, "172.18.0.2:80")
		reaches(t, "172.17.0.2:80", "")
		reaches(t, "172.18.0.1:8080", "172.17.0.1") // published is published, for everybody
	})
	w.first.Run(t, func() { reaches(t, "172.18.0.2:80", "") })
}

func TestAnInternalNetworkHasNoWayOut(t *testing.T) {
	w := newWorld(t, nat.Network{Internal: true})
	w.first.Run(t, func() { reaches(t, "10.9.0.2:80", "") })
	w.second.Run(t, func() { reaches(t, "172.17.0.2:80", "172.17.0.3") })
}

func TestTheHostsLoopbackIsOutOfReach(t *testing.T) {
	w := newWorld(t, nat.Network{})
	nettest.Serve(t, "127.0.0.1:81")
	reaches(t, "127.0.0.1:81", "127.0.0.1")
	w.first.Run(t, func() {
		routeLoopbackOut(t, "172.17.0.1")
		reaches(t, "127.0.0.1:81", "")
	})
	nat.Remove("mini0")
	w.first.Run(t, func() { reaches(t, "127.0.0.1:81", "172.17.0.2") }) // it was the rules that stopped it
}

// routeLoopbackOut has a container do its worst: send what is for 127.0.0.1 out
// through its interface.
func routeLoopbackOut(t *testing.T, gateway string) {
	t.Helper()
	inside, err := netlink.NewHandle(unix.NETLINK_ROUTE) // the package's own socket is the host's
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	nettest.Set(t, "ipv4/conf/eth0/route_localnet", "1")
	lo, err := inside.LinkByName("lo")
	if err == nil {
		// A machine takes nothing that claims to come from an address of its own.
		err = inside.AddrDel(lo, &netlink.Addr{IPNet: &net.IPNet{IP: net.IPv4(127, 0, 0, 1), Mask: net.CIDRMask(8, 32)}})
	}
	eth0, lookup := inside.LinkByName("eth0")
	if err = errors.Join(err, lookup); err == nil {
		err = inside.RouteAdd(&netlink.Route{
			LinkIndex: eth0.Attrs().Index, Gw: netip.MustParseAddr(gateway).AsSlice(),
			Dst: netlink.NewIPNet(netip.MustParseAddr("127.0.0.1").AsSlice()),
		})
	}
	if err != nil {
		t.Error(err)
	}
}

func TestWhatIsPublishedCanBeReadBackAndTakenBack(t *testing.T) {
	newWorld(t, nat.Network{})
	names := nat.Port{Address: netip.MustParseAddr("10.9.0.1"), Protocol: nat.UDP, Port: 53,
		To: netip.MustParseAddrPort("172.17.0.3:5353"), Owner: "second"}
	publish(t, web, names)
	got, err := nat.Published("mini0")
	if err != nil || !slices.Equal(got, []nat.Port{web, names}) {
		t.Errorf("got %v, %v; want %v", got, err, []nat.Port{web, names})
	}
	again := web
	again.To = names.To
	another := names
	another.Port = 54
	if err := nat.Publish("mini0", another, again); !errors.Is(err, nat.ErrPublished) {
		t.Errorf("a port that is taken: got %v, want ErrPublished", err)
	}
	if err := nat.Unpublish("mini0", web); err != nil {
		t.Error(err)
	}
	if got, err := nat.Published("mini0"); err != nil || !slices.Equal(got, []nat.Port{names}) {
		t.Errorf("got %v, %v; want the other one, and nothing of the pair that was refused", got, err)
	}
	reaches(t, "127.0.0.1:8080", "")
}

func TestATableIsThereUntilItIsRemoved(t *testing.T) {
	const bridge = "nowhere"
	t.Cleanup(func() { nat.Remove(bridge) })
	for _, want := range []bool{false, true, false} {
		if got, err := nat.Exists(bridge); err != nil || got != want {
			t.Errorf("exists: got %v, %v; want %v", got, err, want)
		}
		var err error
		if want {
			err = nat.Remove(bridge)
		} else {
			err = nat.New(nat.Network{Bridge: bridge, Subnet: netip.MustParsePrefix("172.17.0.0/16")})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestABarrierOfOthersIsFound(t *testing.T) {
	if got, err := nat.Barriers(); err != nil || len(got) != 0 {
		t.Fatalf("none: got %v, %v", got, err)
	}
	connection, err := nftables.New()
	if err != nil {
		t.Fatal(err)
	}
	drop := nftables.ChainPolicyDrop
	table := connection.AddTable(&nftables.Table{Name: "filter", Family: nftables.TableFamilyIPv4})
	defer connection.Flush()
	defer connection.DelTable(table)
	connection.AddChain(&nftables.Chain{
		Name: "FORWARD", Table: table, Type: nftables.ChainTypeFilter, Policy: &drop,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter,
	})
	if err := connection.Flush(); err != nil {
		t.Fatal(err)
	}
	if got, err := nat.Barriers(); err != nil || !slices.Equal(got, []string{"FORWARD in table filter"}) {
		t.Errorf("got %v, %v", got, err)
	}
}
