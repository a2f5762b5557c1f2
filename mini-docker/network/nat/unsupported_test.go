package nat_test

import (
	"errors"
	"strings"
	"testing"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"
	"drydock/mini-docker/network/nettest"

	"golang.org/x/sys/unix"
)

// Who starts a container on a kernel without nf_tables is told which modules to
// load, and that there is nothing to take back is no error: all later containers
// would fail over it. Such a kernel knows no such protocol of netlink.
func TestAKernelWithoutNfTablesIsTold(t *testing.T) {
	nettest.Refuse(t, unix.SYS_SOCKET, 2, unix.NETLINK_NETFILTER, unix.EPROTONOSUPPORT, func() {
		_, asked := nat.AllPublished()
		for what, err := range map[string]error{
			"asking for ports": asked,
			"publishing":       nat.Publish("mini0", nat.Port{Protocol: nat.TCP, Port: 8080}),
			"watching":         nat.Watch(t.Context(), func([]nat.Port) error { return nil }),
		} {
			if !errors.Is(err, network.ErrUnsupported) || !strings.Contains(err.Error(), "`modprobe nft_chain_nat nft_masq nft_fib_ipv4`") {
				t.Errorf("%s: got %v, want how to load it", what, err)
			}
		}
		if err := nat.Remove("mini0"); err != nil {
			t.Errorf("removing what cannot be there: %v", err)
		}
	})
}
