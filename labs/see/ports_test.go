package see

import (
	"net/netip"
	"os"
	"reflect"
	"runtime"
	"testing"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/nat"

	"golang.org/x/sys/unix"
)

func TestPublishedPortsAreTheKernels(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes a network namespace without a user namespace around it")
	}
	runtime.LockOSThread() // never unlocked: the thread ends with the test, and its namespace with it
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		t.Fatal(err)
	}
	subnet := netip.MustParsePrefix("10.9.0.1/24")
	if _, err := network.NewBridge(network.BridgeSpec{Name: "br0", Address: subnet, MTU: 1500}); err != nil {
		t.Fatal(err)
	}
	if err := nat.New(nat.Network{Bridge: "br0", Subnet: subnet.Masked()}); err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort("10.9.0.2:80")
	err := nat.Publish("br0", nat.Port{Protocol: nat.TCP, Port: 8080, To: to},
		nat.Port{Address: netip.MustParseAddr("127.0.0.1"), Protocol: nat.UDP, Port: 53, To: to})
	if err != nil {
		t.Fatal(err)
	}
	got := publishedOn([]Link{{Name: "br0", Kind: "bridge"}, {Name: "other", Kind: "bridge"}, {Name: "lo"}})
	want := []Port{{"127.0.0.1:53/udp", "10.9.0.2:80", "br0"}, {"8080/tcp", "10.9.0.2:80", "br0"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
