package link

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// address is what the kernel tells of an address of an interface.
type address struct {
	prefix           netip.Prefix
	peer             netip.Addr // the other end of a point-to-point link
	brd              netip.Addr
	scope            byte
	label            string
	flags            uint32 // IFA_F_…
	valid, preferred uint32 // seconds
}

// parseAddress reads a struct ifaddrmsg and the attributes behind it.
func parseAddress(m syscall.NetlinkMessage) (address, bool) {
	bits, scope := int(m.Data[1]), m.Data[3]
	a := address{scope: scope, valid: math.MaxUint32, preferred: math.MaxUint32}
	attributes, err := syscall.ParseNetlinkRouteAttr(&m)
	if err != nil {
		return a, false
	}
	var ip, local netip.Addr
	for _, at := range attributes {
		switch at.Attr.Type {
		case unix.IFA_ADDRESS:
			ip, _ = netip.AddrFromSlice(at.Value)
		case unix.IFA_LOCAL:
			local, _ = netip.AddrFromSlice(at.Value)
		case unix.IFA_BROADCAST:
			a.brd, _ = netip.AddrFromSlice(at.Value)
		case unix.IFA_LABEL:
			a.label = unix.ByteSliceToString(at.Value)
		case unix.IFA_FLAGS:
			a.flags = binary.NativeEndian.Uint32(at.Value)
		case unix.IFA_CACHEINFO: // struct ifa_cacheinfo
			a.preferred, a.valid = binary.NativeEndian.Uint32(at.Value), binary.NativeEndian.Uint32(at.Value[4:])
		}
	}
	// Where both are there and differ, IFA_ADDRESS is the other end's.
	if local.IsValid() && local != ip {
		a.peer, ip = ip, local
	}
	a.prefix = netip.PrefixFrom(ip, bits)
	return a, a.prefix.IsValid()
}

// text is the address with its length, which is that of the other end's
// network where there is one.
func (a address) text() string {
	if a.peer.IsValid() {
		return a.prefix.Addr().String() + " peer " + netip.PrefixFrom(a.peer, a.prefix.Bits()).String()
	}
	return a.prefix.String()
}

// long is the two lines of ip addr.
func (a address) long() string {
	family := "inet6"
	if a.prefix.Addr().Is4() {
		family = "inet"
	}
	text := "    " + family + " " + a.text()
	if a.brd.IsValid() {
		text += " brd " + a.brd.String()
	}
	return text + " scope " + scopeName(a.scope) + " " + a.flagNames() + a.label +
		fmt.Sprintf("\n       valid_lft %s preferred_lft %s\n", lifetime(a.valid), lifetime(a.preferred))
}

// flagNames writes the flags as iproute2 does, which names what is not
// permanent. See rtnetlink(7), ifa_flags.
func (a address) flagNames() string {
	first := "secondary "
	if a.prefix.Addr().Is6() {
		first = "temporary "
	}
	text := ""
	for _, f := range []struct {
		bit  uint32
		name string
	}{
		{unix.IFA_F_SECONDARY, first}, {unix.IFA_F_NODAD, "nodad "}, {unix.IFA_F_OPTIMISTIC, "optimistic "},
		{unix.IFA_F_DADFAILED, "dadfailed "}, {unix.IFA_F_HOMEADDRESS, "home "}, {unix.IFA_F_DEPRECATED, "deprecated "},
		{unix.IFA_F_TENTATIVE, "tentative "}, {unix.IFA_F_PERMANENT, "dynamic "},
		{unix.IFA_F_MANAGETEMPADDR, "mngtmpaddr "}, {unix.IFA_F_NOPREFIXROUTE, "noprefixroute "},
	} {
		if set := a.flags&f.bit != 0; set != (f.bit == unix.IFA_F_PERMANENT) {
			text += f.name
		}
	}
	return text
}

func lifetime(seconds uint32) string {
	if seconds == math.MaxUint32 {
		return "forever"
	}
	return fmt.Sprintf("%dsec", seconds)
}
