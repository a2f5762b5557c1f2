package link

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// route is an entry of the main routing table. See rtnetlink(7), RTM_NEWROUTE.
type route struct {
	to, via, from         netip.Addr // invalid: not given
	bits                  byte
	protocol, scope, kind byte // RTPROT_…, RT_SCOPE_…, RTN_…
	flags                 uint32
	device                int
	metric                uint32
	pref                  byte // of a router, RFC 4191
}

// showRoutes prints the main table of a family.
func showRoutes(e *applet.Env, f form, args []string) int {
	device, wrong := shown(args)
	if wrong != "" {
		return e.Misuse(wrong)
	}
	family := unix.AF_INET
	if f.six {
		family = unix.AF_INET6
	}
	names, only := map[int]string{}, 0
	all, err := interfaces()
	if err != nil {
		return e.Fail("asking the kernel for its interfaces", err)
	}
	for _, i := range all {
		names[i.index] = i.name
		if i.name == device {
			only = i.index
		}
	}
	if device != "" && only == 0 {
		return e.Complain("cannot find device \"" + device + "\"")
	}
	answer, err := messages(unix.RTM_GETROUTE, family)
	if err != nil {
		return e.Fail("asking the kernel for its routes", err)
	}
	for _, m := range answer {
		r, ok := parseRoute(m)
		if !ok || only != 0 && r.device != only {
			continue
		}
		name := names[r.device]
		if only != 0 {
			name = "" // one knows it
		}
		e.Out.WriteString(r.line(name, f.six))
	}
	return applet.OK
}

// parseRoute reads a struct rtmsg and the attributes behind it.
func parseRoute(m syscall.NetlinkMessage) (route, bool) {
	if m.Header.Type != unix.RTM_NEWROUTE || len(m.Data) < unix.SizeofRtMsg {
		return route{}, false
	}
	order := binary.NativeEndian
	r := route{bits: m.Data[1], protocol: m.Data[5], scope: m.Data[6], kind: m.Data[7], flags: order.Uint32(m.Data[8:])}
	table := uint32(m.Data[4])
	attributes, err := syscall.ParseNetlinkRouteAttr(&m)
	if err != nil {
		return r, false
	}
	for _, a := range attributes {
		switch a.Attr.Type {
		case unix.RTA_TABLE:
			table = order.Uint32(a.Value)
		case unix.RTA_DST:
			r.to, _ = netip.AddrFromSlice(a.Value)
		case unix.RTA_GATEWAY:
			r.via, _ = netip.AddrFromSlice(a.Value)
		case unix.RTA_PREFSRC:
			r.from, _ = netip.AddrFromSlice(a.Value)
		case unix.RTA_OIF:
			r.device = int(order.Uint32(a.Value))
		case unix.RTA_PRIORITY:
			r.metric = order.Uint32(a.Value)
		case unix.RTA_PREF:
			r.pref = a.Value[0]
		}
	}
	return r, table == unix.RT_TABLE_MAIN && r.flags&unix.RTM_F_CLONED == 0
}

// line is the route as iproute2 prints it.
func (r route) line(device string, six bool) string {
	text := map[byte]string{unix.RTN_LOCAL: "local ", unix.RTN_BROADCAST: "broadcast ", unix.RTN_MULTICAST: "multicast ",
		unix.RTN_BLACKHOLE: "blackhole ", unix.RTN_UNREACHABLE: "unreachable ", unix.RTN_PROHIBIT: "prohibit ", unix.RTN_THROW: "throw "}[r.kind]
	switch {
	case !r.to.IsValid():
		text += "default "
	case int(r.bits) == r.to.BitLen():
		text += r.to.String() + " "
	default:
		text += netip.PrefixFrom(r.to, int(r.bits)).String() + " "
	}
	word := func(given bool, name string, value any) {
		if given {
			text += fmt.Sprintf("%s %v ", name, value)
		}
	}
	word(r.via.IsValid(), "via", r.via)
	word(device != "", "dev", device)
	word(r.protocol != unix.RTPROT_BOOT, "proto", protocolName(r.protocol))
	word(r.scope != unix.RT_SCOPE_UNIVERSE, "scope", scopeName(r.scope))
	word(r.from.IsValid(), "src", r.from)
	word(r.metric != 0, "metric", r.metric)
	for _, f := range []struct {
		bit  uint32
		name string
	}{{unix.RTNH_F_DEAD, "dead "}, {unix.RTNH_F_ONLINK, "onlink "}, {unix.RTNH_F_LINKDOWN, "linkdown "}} {
		if r.flags&f.bit != 0 {
			text += f.name
		}
	}
	if six { // ICMPV6_ROUTER_PREF_…
		text += "pref " + map[byte]string{0: "medium", 1: "high", 3: "low"}[r.pref]
	}
	return text + "\n"
}

// protocolName is who made a route: /etc/iproute2/rt_protos.
func protocolName(protocol byte) string {
	switch protocol {
	case unix.RTPROT_REDIRECT:
		return "redirect"
	case unix.RTPROT_KERNEL:
		return "kernel"
	case unix.RTPROT_STATIC:
		return "static"
	case unix.RTPROT_RA:
		return "ra"
	case unix.RTPROT_DHCP:
		return "dhcp"
	}
	return fmt.Sprint(protocol)
}
