// Package network connects network namespaces: a bridge is the switch, a pair of
// virtual interfaces is the cable from it to a container.
//
//	bridge, err := network.NewBridge(network.BridgeSpec{
//		Name: "mini0", Address: netip.MustParsePrefix("172.17.0.1/16"), MTU: 1500,
//	})
//	inside, err := network.OpenNamespace(fmt.Sprintf("/proc/%d/ns/net", pid))
//	defer inside.Close()
//	outer, err := network.NewVeth(network.VethSpec{Name: "veth1a2b3c", Peer: "eth0", Namespace: inside})
//	err = bridge.Attach(outer)
//	err = inside.Configure("eth0", network.Address{IP: …, Gateway: …})
//
//	     network namespace of the host        │  of a container
//	                                          │
//	  eth0 ── routing, nat ── mini0 (bridge) ─┼─ veth1a2b3c ═══ eth0
//	                            └─────────────┼─ vethd4e5f6 ═══ eth0
//
// All of it is asked of the kernel over netlink sockets, see rtnetlink(7); no
// program is run. Which container gets which address is for the packages pool
// and engine, translating addresses for nat, names for names. What is made
// here is in the kernel only, and gone after a reboot.
package network

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// ErrUnsupported says that networks cannot be made here: the kernel cannot, or
// this user may not. The text says which, and what helps.
var ErrUnsupported = errors.New("networks cannot be made here")

// unsupported explains the errors that are about this machine or this user, and
// leaves all others as they are.
func unsupported(err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES), errors.Is(err, unix.EROFS):
		return fmt.Errorf("%w: %w: that takes root, or `drydock shell`, where you are root", ErrUnsupported, err)
	case errors.Is(err, unix.EOPNOTSUPP):
		return fmt.Errorf("%w: %w: this kernel has no bridge or no veth: load them with `modprobe bridge veth`", ErrUnsupported, err)
	}
	return err
}
