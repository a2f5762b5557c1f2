package network

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is another network namespace, held open.
type Namespace struct{ file *os.File }

// OpenNamespace opens the network namespace that a file stands for, such as
// /proc/PID/ns/net. See namespaces(7).
func OpenNamespace(path string) (*Namespace, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a network namespace: %w", err)
	}
	return &Namespace{file}, nil
}

// Close lets go of the namespace.
func (n *Namespace) Close() error { return n.file.Close() }

// Address is what an interface is given.
type Address struct {
	IP      netip.Prefix // with the length of the subnet
	Gateway netip.Addr   // the way to everywhere else, in the subnet or not; none if it is not valid
}

// Configure gives an interface of the namespace its address, switches it on, and
// sends everything that is not for its subnet to the gateway. See ip-address(8)
// and ip-route(8).
func (n *Namespace) Configure(name string, a Address) error {
	inside, err := n.handle()
	if err != nil {
		return err
	}
	defer inside.Close()
	link, err := inside.LinkByName(name)
	if err != nil {
		return fmt.Errorf("looking up %s inside: %w", name, err)
	}
	if err := inside.AddrAdd(link, &netlink.Addr{IPNet: ipNet(a.IP)}); err != nil {
		return fmt.Errorf("giving %s the address %s: %w", name, a.IP, err)
	}
	if err := inside.LinkSetUp(link); err != nil {
		return fmt.Errorf("switching %s on: %w", name, err)
	}
	if !a.Gateway.IsValid() {
		return nil
	}
	everywhere := &netlink.Route{LinkIndex: link.Attrs().Index, Gw: a.Gateway.AsSlice()}
	if !a.IP.Contains(a.Gateway) {
		everywhere.SetFlag(netlink.FLAG_ONLINK) // it answers on the wire all the same
	}
	if err := inside.RouteAdd(everywhere); err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("routing through %s: %w", a.Gateway, err)
	}
	return nil
}

// handle opens a netlink socket in the namespace: a socket belongs for ever to
// the namespace that the thread was in which opened it.
func (n *Namespace) handle() (*netlink.Handle, error) {
	inside, err := netlink.NewHandleAt(netns.NsHandle(n.file.Fd()), unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("opening a socket in the container's network namespace: %w", err)
	}
	return inside, nil
}

// Dial connects to an address as seen from inside the namespace. A socket belongs
// for ever to the namespace that the thread was in which opened it.
func (n *Namespace) Dial(ctx context.Context, address netip.AddrPort) (connection net.Conn, err error) {
	err = n.within(func() (err error) {
		connection, err = new(net.Dialer).DialContext(ctx, "tcp", address.String())
		return err
	})
	return connection, err
}

// SetSysctl writes a kernel setting of the namespace, a file below /proc/sys/net as
// whoever is inside sees it: sysctl(8). The kernel shows those of the namespace that the
// thread is in which opens the file.
func (n *Namespace) SetSysctl(file, value string) error {
	return n.within(func() error {
		setting, err := os.OpenFile(filepath.Join("/proc/sys", file), os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		_, err = setting.WriteString(value)
		return errors.Join(err, setting.Close())
	})
}

// within calls a function in the namespace. A thread of its own goes there, and ends
// there: it is not unlocked. See setns(2).
func (n *Namespace) within(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("entering a network namespace: %w", err)
			return
		}
		done <- f()
	}()
	return <-done
}

// MAC is the hardware address for an address, as Docker makes it: whoever gets the
// same address later is known to the neighbours already. The bit in the first byte
// says that no maker of interfaces gave it out. See IEEE 802, 8.4.
func MAC(address netip.Addr) net.HardwareAddr {
	bytes := address.As4()
	return append(net.HardwareAddr{0x02, 0x42}, bytes[:]...)
}

// ipNet is a prefix in the terms of package net. The address keeps its host part.
func ipNet(p netip.Prefix) *net.IPNet {
	return &net.IPNet{IP: p.Addr().AsSlice(), Mask: net.CIDRMask(p.Bits(), p.Addr().BitLen())}
}

// isGone says whether an interface vanished while it was being looked at.
func isGone(err error) bool {
	return errors.Is(err, unix.ENODEV) || errors.As(err, &netlink.LinkNotFoundError{})
}
