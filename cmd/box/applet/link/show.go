package link

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// brief is a line of ip -br.
func (i *iface) brief(addresses bool) string {
	if !addresses {
		return fmt.Sprintf("%-16s %-14s %-17s <%s> \n", i.title(), i.stateName(), hardware(i.hardware), i.flagNames())
	}
	line := fmt.Sprintf("%-16s %-14s ", i.title(), i.stateName())
	for _, a := range i.addresses {
		line += a.text() + " "
	}
	return line + "\n"
}

// long is the form without -br and -o.
func (i *iface) long(f form) string {
	text := i.head(f)
	if !f.addresses || !f.four && !f.six {
		text += "\n    " + i.below()
	}
	if i.elsewhere && i.netns >= 0 {
		text += fmt.Sprintf(" link-netnsid %d", i.netns)
	}
	text += "\n"
	if f.addresses {
		for _, a := range i.addresses {
			text += a.long()
		}
	}
	return text
}

// head is the first line. Of -6 the kernel is asked what IPv6 knows of the
// interface, which is less.
func (i *iface) head(f form) string {
	text := fmt.Sprintf("%d: %s: <%s> mtu %d ", i.index, i.title(), i.flagNames(), i.mtu)
	less := f.addresses && f.six
	if !less {
		text += "qdisc " + i.qdisc + " "
	}
	if i.masterName != "" && !less {
		text += "master " + i.masterName + " "
	}
	text += "state " + i.stateName()
	if !f.addresses {
		text += " mode " + map[byte]string{0: "DEFAULT", 1: "DORMANT"}[i.mode]
	}
	if !less {
		text += " group default"
	}
	if i.queue > 0 {
		text += fmt.Sprintf(" qlen %d", i.queue)
	}
	return text
}

// below is the line of the link's own addresses.
func (i *iface) below() string {
	text := fmt.Sprintf("link/%s %s", i.kindName(), hardware(i.hardware))
	if i.brd != nil {
		text += " brd " + hardware(i.brd)
	}
	return text
}

// lines is the form of -o: what has lines is one, with backslashes where they
// ended. Addresses have one each.
func (i *iface) lines(f form) string {
	if !f.addresses {
		return oneLine(i.long(f))
	}
	text := ""
	for _, a := range i.addresses {
		text += oneLine(fmt.Sprintf("%d: %s%s", i.index, i.name, a.long()))
	}
	return text
}

func oneLine(text string) string {
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\\") + "\n"
}

// keep drops the addresses of the family that was not asked for.
func (i *iface) keep(four, six bool) {
	if four == six {
		return
	}
	i.addresses = slices.DeleteFunc(i.addresses, func(a address) bool { return a.prefix.Addr().Is4() != four })
}

// title is the name, and for a veth its other end, by name or, in another
// namespace, number.
func (i *iface) title() string {
	if i.peer > 0 && i.elsewhere {
		return fmt.Sprintf("%s@if%d", i.name, i.peer)
	}
	if i.peerName != "" {
		return i.name + "@" + i.peerName
	}
	return i.name
}

// stateName is the operational state. See RFC 2863, ifOperStatus.
func (i *iface) stateName() string {
	names := []string{"UNKNOWN", "NOTPRESENT", "DOWN", "LOWERLAYERDOWN", "TESTING", "DORMANT", "UP"}
	if int(i.state) < len(names) {
		return names[i.state]
	}
	return names[0]
}

func (i *iface) kindName() string {
	switch i.kind {
	case unix.ARPHRD_LOOPBACK:
		return "loopback"
	case unix.ARPHRD_ETHER:
		return "ether"
	case unix.ARPHRD_NONE:
		return "none"
	case unix.ARPHRD_TUNNEL:
		return "ipip"
	case unix.ARPHRD_SIT:
		return "sit"
	}
	return fmt.Sprint(i.kind)
}

// flagNames writes the flags as iproute2 does. See netdevice(7).
func (i *iface) flagNames() string {
	var names []string
	if i.flags&unix.IFF_UP != 0 && i.flags&unix.IFF_RUNNING == 0 {
		names = append(names, "NO-CARRIER")
	}
	for _, f := range []struct {
		bit  uint32
		name string
	}{
		{unix.IFF_LOOPBACK, "LOOPBACK"}, {unix.IFF_BROADCAST, "BROADCAST"}, {unix.IFF_POINTOPOINT, "POINTOPOINT"},
		{unix.IFF_MULTICAST, "MULTICAST"}, {unix.IFF_NOARP, "NOARP"}, {unix.IFF_ALLMULTI, "ALLMULTI"},
		{unix.IFF_PROMISC, "PROMISC"}, {unix.IFF_MASTER, "MASTER"}, {unix.IFF_SLAVE, "SLAVE"},
		{unix.IFF_UP, "UP"}, {unix.IFF_LOWER_UP, "LOWER_UP"}, {unix.IFF_DORMANT, "DORMANT"},
	} {
		if i.flags&f.bit != 0 {
			names = append(names, f.name)
		}
	}
	return strings.Join(names, ",")
}

func hardware(b []byte) string {
	var parts []string
	for _, octet := range b {
		parts = append(parts, hex.EncodeToString([]byte{octet}))
	}
	return strings.Join(parts, ":")
}

// scopeName is how far an address is valid: rtnetlink(7), rtm_scope.
func scopeName(scope byte) string {
	switch scope {
	case unix.RT_SCOPE_UNIVERSE:
		return "global"
	case unix.RT_SCOPE_LINK:
		return "link"
	case unix.RT_SCOPE_HOST:
		return "host"
	}
	return fmt.Sprint(scope)
}
