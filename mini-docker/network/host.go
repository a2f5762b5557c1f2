package network

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const ipForward = "/proc/sys/net/ipv4/ip_forward"

// Forward makes a router of the machine: it passes on packets that are not for
// itself. This is the one setting that reaches beyond what is ours. Docker
// switches it on too, and like Docker nobody here switches it off again, since
// somebody else may rely on it by then. See the kernel's
// Documentation/networking/ip-sysctl.rst, ip_forward.
func Forward() error {
	if text, err := os.ReadFile(ipForward); err == nil && bytes.HasPrefix(text, []byte("1")) {
		return nil
	}
	if err := os.WriteFile(ipForward, []byte("1"), 0); err != nil {
		return fmt.Errorf("switching on forwarding: %w", unsupported(err))
	}
	return nil
}

// Route is a range of addresses that the machine knows the way to.
type Route struct {
	Prefix    netip.Prefix
	Interface string
}

// Routes are the ranges of addresses that lie behind this machine's interfaces,
// without the default route, which is for whatever remains. A subnet that
// overlaps with one of them would cut it off. See ip-route(8).
func Routes() ([]Route, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("listing interfaces: %w", err)
	}
	names := map[int]string{}
	for _, link := range links {
		names[link.Attrs().Index] = link.Attrs().Name
	}
	routes, err := netlink.RouteList(nil, unix.AF_INET)
	if err != nil {
		return nil, fmt.Errorf("listing routes: %w", err)
	}
	var found []Route
	for _, route := range routes {
		if route.Dst == nil {
			continue
		}
		address, ok := netip.AddrFromSlice(route.Dst.IP)
		length, _ := route.Dst.Mask.Size()
		if ok && length > 0 {
			found = append(found, Route{netip.PrefixFrom(address.Unmap(), length), names[route.LinkIndex]})
		}
	}
	return found, nil
}
