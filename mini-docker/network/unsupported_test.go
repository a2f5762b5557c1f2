package network_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nettest"

	"golang.org/x/sys/unix"
)

// Who starts a container on a kernel without bridges is told which module to load.
// Such a kernel answers to a link of a kind that it does not know as this one does
// to every request: see rtnl_newlink.
func TestAKernelWithoutBridgesIsTold(t *testing.T) {
	inside := nettest.New(t)
	namespace, err := network.OpenNamespace(inside.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer namespace.Close()
	const netlinkAddress = 12 // bytes: the length of the sixth argument of sendto(2)
	nettest.Refuse(t, unix.SYS_SENDTO, 5, netlinkAddress, unix.EOPNOTSUPP, func() {
		_, bridge := network.NewBridge(network.BridgeSpec{Name: "mini0", Address: netip.MustParsePrefix("10.99.0.1/24"), MTU: 1500})
		_, veth := network.NewVeth(network.VethSpec{Name: "veth0", Peer: "eth0", Namespace: namespace})
		for what, err := range map[string]error{"a bridge": bridge, "a veth": veth} {
			if !errors.Is(err, network.ErrUnsupported) || !strings.Contains(err.Error(), "`modprobe bridge veth`") {
				t.Errorf("making %s: got %v, want how to load it", what, err)
			}
		}
	})
}
