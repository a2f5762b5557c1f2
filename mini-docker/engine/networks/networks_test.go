package networks

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/network/nat"
	"drydock/mini-docker/network/nettest"
)

func TestMain(m *testing.M) {
	MaybeAnswer()
	nettest.Main(m)
}

// world is a store whose containers are alive as long as alive says so.
type world struct {
	*Store
	alive map[string]bool
}

func newWorld(t *testing.T) world {
	w := world{alive: map[string]bool{}}
	w.Store = New(Options{Root: t.TempDir(), RunDir: t.TempDir(), IsAlive: func(id string) bool { return w.alive[id] }})
	before := nettest.Interfaces(t)
	t.Cleanup(func() {
		clear(w.alive)
		if err := w.Sweep(); err != nil {
			t.Error(err)
		}
		if now := nettest.Interfaces(t); !slices.Equal(now, before) {
			t.Errorf("got interfaces %v when all containers are gone, want %v", now, before)
		}
		nettest.Await(t, "the name servers to end", func() bool { return serverOf(w.o.Root) == 0 })
	})
	return w
}

// network makes a network.
func (w world) network(t *testing.T, spec Spec) *Network {
	t.Helper()
	n, err := w.Create(spec)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// connect connects a new container, and returns where it is.
func (w world) connect(t *testing.T, n *Network, digit string, ports ...PortRequest) (*Lease, *nettest.Namespace, error) {
	t.Helper()
	container, id := nettest.New(t), strings.Repeat(digit, 64)
	w.alive[id] = true
	lease, err := w.Connect(Request{
		Network: n, Container: id, Name: "c" + digit, Namespace: container.Path(), Ports: ports,
	})
	return lease, container, err
}

// must is connect where nothing goes wrong.
func (w world) must(t *testing.T, n *Network, digit string, ports ...PortRequest) (*Lease, *nettest.Namespace) {
	t.Helper()
	lease, container, err := w.connect(t, n, digit, ports...)
	if err != nil {
		t.Fatal(err)
	}
	return lease, container
}

// isUp says whether there is anything of the network in the kernel.
func isUp(t *testing.T, n *Network) bool {
	t.Helper()
	rules, err := nat.Exists(n.Bridge)
	if err != nil {
		t.Fatal(err)
	}
	bridge := slices.Contains(nettest.Interfaces(t), n.Bridge)
	if rules != bridge {
		t.Errorf("bridge %s: it is there: %v, its rules: %v", n.Bridge, bridge, rules)
	}
	return bridge
}

func TestContainersOfANetworkReachOneAnother(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop", Subnet: netip.MustParsePrefix("10.77.0.0/24")})
	first, _ := w.must(t, n, "a")
	second, other := w.must(t, n, "b")
	if first.Address.String() != "10.77.0.2/24" || second.Address.String() != "10.77.0.3/24" {
		t.Fatalf("got addresses %s and %s, want the first two", first.Address, second.Address)
	}
	other.Run(t, func() { nettest.Serve(t, "10.77.0.3:80") })
	if got, err := nettest.Ask("10.77.0.3:80", nettest.Patience); got != "10.77.0.1" {
		t.Errorf("from the host: got %q, %v", got, err)
	}
}

func TestABridgeComesWithTheFirstContainerAndGoesWithTheLast(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	if isUp(t, n) {
		t.Error("before: the network is up")
	}
	first, _ := w.must(t, n, "a")
	second, _ := w.must(t, n, "b")
	if !isUp(t, n) {
		t.Fatal("with two containers: the network is not up")
	}
	if err := w.Disconnect(first.Container); err != nil || !isUp(t, n) {
		t.Errorf("with one left: up %v, error %v", isUp(t, n), err)
	}
	if err := w.Disconnect(second.Container); err != nil || isUp(t, n) {
		t.Errorf("with none left: up %v, error %v", isUp(t, n), err)
	}
	if again, _ := w.must(t, n, "c"); again.Address != first.Address {
		t.Errorf("afterwards: got address %s, want %s once more", again.Address, first.Address)
	}
}

func TestWhatTheDeadHadIsTakenBack(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	dead, _ := w.must(t, n, "a", PortRequest{Port: 80, First: 8080, Protocol: nat.TCP})
	alive, _ := w.must(t, n, "b")
	delete(w.alive, dead.Container)
	if err := w.Sweep(); err != nil {
		t.Fatal(err)
	}
	leases, err := w.Leases(n)
	if err != nil || len(leases) != 1 || leases[0].Container != alive.Container {
		t.Errorf("got leases %+v, error %v, want that of b alone", leases, err)
	}
	if ports, err := nat.Published(n.Bridge); len(ports) != 0 || err != nil {
		t.Errorf("got published ports %+v, error %v, want none", ports, err)
	}
	delete(w.alive, alive.Container)
	if err := w.Sweep(); err != nil || isUp(t, n) {
		t.Errorf("with nobody alive: up %v, error %v", isUp(t, n), err)
	}
	// One that was brought up for a container that never came.
	if err := w.Prepare(n); err != nil || !isUp(t, n) {
		t.Fatalf("prepared: up %v, error %v", isUp(t, n), err)
	}
	if err := w.Sweep(); err != nil || isUp(t, n) {
		t.Errorf("after that: up %v, error %v", isUp(t, n), err)
	}
}

func TestAPublishedPortLeadsIn(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	lease, container := w.must(t, n, "a", PortRequest{Port: 80, Protocol: nat.TCP})
	_, neighbour := w.must(t, n, "b")
	container.Run(t, func() { nettest.Serve(t, "0.0.0.0:80") })
	port := lease.Published[0].HostPort
	for name, address := range map[string]netip.Addr{"loopback": netip.MustParseAddr("127.0.0.1"), "the gateway": n.Gateway} {
		if _, err := nettest.Ask(netip.AddrPortFrom(address, port).String(), nettest.Patience); err != nil {
			t.Errorf("by way of %s: %v", name, err)
		}
	}
	neighbour.Run(t, func() {
		if _, err := nettest.Ask(netip.AddrPortFrom(n.Gateway, port).String(), nettest.Patience); err != nil {
			t.Errorf("from a neighbour: %v", err)
		}
	})
}

func TestAPortThatIsTakenIsRefused(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	request := PortRequest{Port: 80, First: 8080, Last: 8080, Protocol: nat.TCP}
	w.must(t, n, "a", request)
	_, _, err := w.connect(t, n, "b", request)
	if err == nil || !strings.Contains(err.Error(), "Bind for 0.0.0.0:8080 failed: port is already allocated") {
		t.Errorf("published twice: got %v", err)
	}
	program, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	request.First = uint16(program.Addr().(*net.TCPAddr).Port)
	request.Last = request.First
	if _, _, err := w.connect(t, n, "c", request); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("of a program: got %v", err)
	}
	if leases, err := w.Leases(n); len(leases) != 1 {
		t.Errorf("got %d leases, %v, want that of a alone", len(leases), err)
	}
}

func TestWhatCannotBeANetworkIsRefused(t *testing.T) {
	w := newWorld(t)
	w.network(t, Spec{Name: "shop", Subnet: netip.MustParsePrefix("10.77.0.0/24")})
	nettest.Bridge(t, "lan", "10.88.0.1/16")
	for _, test := range []struct{ name, subnet, want string }{
		{"shop", "", "network with name shop already exists"},
		{"a b", "", "invalid network name (a b)"},
		{"x", "10.77.0.128/25", "Pool overlaps with other one on this address space: 10.77.0.128/25 with 10.77.0.0/24"},
		{"x", "10.88.7.0/24", "10.88.7.0/24 with 10.88.0.0/16"},
		{"x", "10.1.2.3/24", "it should be 10.1.2.0/24"},
		{"x", "127.0.0.0/8", "its addresses are no machine's"},
		{"x", "0.0.0.0/8", "its addresses are no machine's"},
		{"x", "224.0.0.0/24", "its addresses are no machine's"},
		{"x", "240.0.0.0/8", "its addresses are no machine's"},
		{"default", "", "operation is not permitted on predefined default network"},
		{"x", "fd00::/64", "only IPv4 is supported yet"},
	} {
		spec := Spec{Name: test.name}
		if test.subnet != "" {
			spec.Subnet = netip.MustParsePrefix(test.subnet)
		}
		if _, err := w.Create(spec); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s %s: got %v, want %q", test.name, test.subnet, err, test.want)
		}
	}
	if list, err := w.List(); len(list) != 4 {
		t.Errorf("got %d networks, %v, want bridge, host, none and shop", len(list), err)
	}
}

func TestAFullNetworkIsRefused(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "tiny", Subnet: netip.MustParsePrefix("10.77.0.0/30")})
	lease, _ := w.must(t, n, "a")
	if _, _, err := w.connect(t, n, "b"); err == nil || !strings.Contains(err.Error(), "no available IPv4 addresses") {
		t.Errorf("got %v", err)
	}
	if err := w.Remove(n); !errors.Is(err, ErrInUse) {
		t.Errorf("removed while in use: got %v", err)
	}
	if err := w.Disconnect(lease.Container); err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(n); err != nil {
		t.Error(err)
	}
	if _, err := w.Find("tiny"); !errors.Is(err, ErrNotExist) {
		t.Errorf("removed: got %v", err)
	}
	if entries, err := os.ReadDir(w.o.RunDir + "/networks"); len(entries) != 0 {
		t.Errorf("what is left of it: got %v, %v", entries, err)
	}
}

// Whoever waits for a network's lock may find the network gone.
func TestABridgeThatIsTakenDownMeanwhileComesBack(t *testing.T) {
	w := newWorld(t)
	n := w.network(t, Spec{Name: "shop"})
	done := make(chan error)
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				done <- nil
				return
			default:
			}
			if err := w.Sweep(); err != nil {
				done <- err
				return
			}
		}
	}()
	for deadline := time.Now().Add(nettest.Patience); time.Now().Before(deadline); {
		lease, _ := w.must(t, n, "a")
		if !isUp(t, n) {
			t.Fatal("a container is connected to a network that is not up")
		}
		if err := w.Disconnect(lease.Container); err != nil {
			t.Fatal(err)
		}
		if lease.Address.Addr().As4()[3] == 2 {
			break
		}
	}
	close(stop)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
