package nettest

import (
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"

	"drydock/mini-docker/network"
)

// Bridge makes a bridge of that name and address, for as long as the test.
func Bridge(t *testing.T, name, address string) *network.Bridge {
	t.Helper()
	bridge, err := network.NewBridge(network.BridgeSpec{
		Name: name, Alias: t.Name(), Address: netip.MustParsePrefix(address), MTU: 1400,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bridge.Remove() })
	return bridge
}

// Connect connects a new namespace to the bridge: its eth0 has the address, and
// its way out leads through the gateway. The interface on this side is returned
// too, and named for the last byte of the address.
func Connect(t *testing.T, bridge *network.Bridge, address, gateway string) (*Namespace, *network.Veth) {
	t.Helper()
	container := New(t)
	inside, err := network.OpenNamespace(container.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	prefix := netip.MustParsePrefix(address)
	bytes := prefix.Addr().As4()
	veth, err := network.NewVeth(network.VethSpec{
		Name: fmt.Sprintf("veth%d-%d", bytes[1], bytes[3]), Alias: t.Name(), Peer: "eth0", Namespace: inside, MTU: 1400,
		MAC: network.MAC(prefix.Addr()),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { veth.Remove() })
	if err := bridge.Attach(veth); err != nil {
		t.Fatal(err)
	}
	err = inside.Configure("eth0", network.Address{IP: prefix, Gateway: netip.MustParseAddr(gateway)})
	if err != nil {
		t.Fatal(err)
	}
	return container, veth
}

// Serve answers every connection with the address it came from, until the test
// ends.
func Serve(t *testing.T, address string) {
	t.Helper()
	listener, err := net.Listen("tcp4", address)
	if err != nil {
		t.Error(err)
		return
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			host, _, _ := net.SplitHostPort(connection.RemoteAddr().String())
			fmt.Fprint(connection, host)
			connection.Close()
		}
	}()
}

// Ask connects and returns what the server says.
func Ask(address string, patience time.Duration) (string, error) {
	connection, err := net.DialTimeout("tcp4", address, patience)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(Patience))
	answer := make([]byte, 64)
	n, err := connection.Read(answer)
	return string(answer[:n]), err
}
