package network_test

import (
	"errors"
	"net"
	"net/netip"
	"slices"
	"testing"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nettest"
)

func TestMain(m *testing.M) { nettest.Main(m) }

const mini0 = "mini0"

func bridge(t *testing.T) *network.Bridge {
	t.Helper()
	return nettest.Bridge(t, mini0, "172.17.0.1/16")
}

// ask is nettest.Ask with all patience.
func ask(address string) (string, error) { return nettest.Ask(address, nettest.Patience) }

func TestNeighboursAndTheHostReachOneAnother(t *testing.T) {
	b := bridge(t)
	first, _ := nettest.Connect(t, b, "172.17.0.2/16", "172.17.0.1")
	second, _ := nettest.Connect(t, b, "172.17.0.3/16", "172.17.0.1")
	first.Run(t, func() { nettest.Serve(t, "172.17.0.2:80") })
	nettest.Serve(t, "172.17.0.1:81")
	second.Run(t, func() {
		if got, err := ask("172.17.0.2:80"); err != nil || got != "172.17.0.3" {
			t.Errorf("a neighbour: got %q, %v; want its address", got, err)
		}
		if got, err := ask("172.17.0.1:81"); err != nil || got != "172.17.0.3" {
			t.Errorf("from a container to the host: got %q, %v; want its address", got, err)
		}
		link, err := net.InterfaceByName("eth0")
		if err != nil || link.MTU != 1400 || link.HardwareAddr.String() != "02:42:ac:11:00:03" {
			t.Errorf("inside: got %+v, %v; want the MTU and the address that were asked for", link, err)
		}
	})
	if got, err := ask("172.17.0.2:80"); err != nil || got != "172.17.0.1" {
		t.Errorf("from the host: got %q, %v; want the bridge's address", got, err)
	}
	ports, err := b.Ports()
	if slices.Sort(ports); err != nil || !slices.Equal(ports, []string{"veth17-2", "veth17-3"}) {
		t.Errorf("ports: got %v, %v", ports, err)
	}
}

func TestABridgeIsKnownByItsAlias(t *testing.T) {
	bridge(t)
	if _, err := network.OpenBridge(mini0, t.Name()); err != nil {
		t.Error(err)
	}
	if _, err := network.OpenBridge(mini0, "another"); err == nil || errors.Is(err, network.ErrNoBridge) {
		t.Errorf("somebody else's: got %v", err)
	}
	if _, err := network.OpenBridge("none", ""); !errors.Is(err, network.ErrNoBridge) {
		t.Errorf("none: got %v, want ErrNoBridge", err)
	}
}

func TestTheLoopbackOfNoOtherInterfaceIsOpened(t *testing.T) {
	before := nettest.Interfaces(t)
	b := bridge(t)
	for _, name := range append(before, "all", "default") {
		if nettest.Setting(t, "ipv4/conf/"+name+"/route_localnet") != "0" {
			t.Errorf("route_localnet of %s was changed", name)
		}
	}
	if nettest.Setting(t, "ipv4/conf/"+b.Name()+"/route_localnet") != "1" {
		t.Error("route_localnet of the bridge is off")
	}
}

func TestThePairGoesWithItsNamespace(t *testing.T) {
	b := bridge(t)
	t.Run("connected", func(t *testing.T) { nettest.Connect(t, b, "172.17.0.2/16", "172.17.0.1") }) // the namespace ends with the test
	nettest.Await(t, "the interface to go", func() bool {
		_, err := net.InterfaceByName("veth17-2")
		return err != nil
	})
	if err := network.RemoveVeth("veth17-2"); err != nil {
		t.Errorf("removing what is gone: %v", err)
	}
}

func TestABridgeThatCannotBeSetUpIsNotThere(t *testing.T) {
	_, err := network.NewBridge(network.BridgeSpec{Name: mini0, Address: netip.MustParsePrefix("172.17.0.1/16"), MTU: 1 << 30})
	if err == nil {
		t.Error("an MTU of a gigabyte: got no error")
	}
	if _, err := net.InterfaceByName(mini0); err == nil {
		t.Error("the bridge is there")
	}
}

func TestRoutesAreTheSubnetsAndNotTheDefault(t *testing.T) {
	bridge(t)
	if err := network.Forward(); err != nil {
		t.Fatal(err)
	}
	routes, err := network.Routes()
	if err != nil {
		t.Fatal(err)
	}
	want := network.Route{Prefix: netip.MustParsePrefix("172.17.0.0/16"), Interface: mini0}
	if !slices.Contains(routes, want) {
		t.Errorf("got %v, want %v among them", routes, want)
	}
	if got := nettest.Setting(t, "ipv4/ip_forward"); got != "1" {
		t.Errorf("ip_forward: got %s", got)
	}
}
