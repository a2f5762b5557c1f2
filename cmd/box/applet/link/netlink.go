package link

import (
	"encoding/binary"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// iface is what the kernel tells of a network interface.
type iface struct {
	index, mtu, queue int
	kind              uint16 // ARPHRD_…
	flags             uint32
	name, qdisc       string
	state, mode       byte   // IF_OPER_…, IF_LINK_MODE_…
	peer              int    // the interface below, or the other end of a veth pair
	peerName          string // where that is in this namespace
	elsewhere         bool   // it is in another one,
	netns             int    // which has this number here, or none, -1
	master            int    // the bridge it is a port of
	masterName        string
	hardware, brd     []byte // addresses
	addresses         []address
}

// messages asks the kernel for a table and parts the answer. See rtnetlink(7),
// netlink(7): each message is a header, a fixed part and attributes.
func messages(table, family int) ([]syscall.NetlinkMessage, error) {
	answer, err := syscall.NetlinkRIB(table, family)
	if err != nil {
		return nil, err
	}
	return syscall.ParseNetlinkMessage(answer)
}

// interfaces returns those of this network namespace, by index.
func interfaces() ([]*iface, error) {
	links, err := messages(unix.RTM_GETLINK, unix.AF_UNSPEC)
	if err != nil {
		return nil, err
	}
	var all []*iface
	byIndex := map[int]*iface{}
	for _, m := range links {
		if m.Header.Type != unix.RTM_NEWLINK || len(m.Data) < unix.SizeofIfInfomsg {
			continue
		}
		i, err := parseLink(m)
		if err != nil {
			return nil, err
		}
		all = append(all, i)
		byIndex[i.index] = i
	}
	for _, i := range all {
		if other := byIndex[i.peer]; other != nil && !i.elsewhere {
			i.peerName = other.name
		}
		if bridge := byIndex[i.master]; bridge != nil {
			i.masterName = bridge.name
		}
	}
	addresses, err := messages(unix.RTM_GETADDR, unix.AF_UNSPEC)
	if err != nil {
		return nil, err
	}
	for _, m := range addresses {
		if m.Header.Type != unix.RTM_NEWADDR || len(m.Data) < unix.SizeofIfAddrmsg {
			continue
		}
		i := byIndex[int(binary.NativeEndian.Uint32(m.Data[4:]))]
		if i == nil {
			continue
		}
		if a, ok := parseAddress(m); ok {
			i.addresses = append(i.addresses, a)
		}
	}
	return all, nil
}

// parseLink reads a struct ifinfomsg and the attributes behind it.
func parseLink(m syscall.NetlinkMessage) (*iface, error) {
	i := &iface{
		kind:  binary.NativeEndian.Uint16(m.Data[2:]),
		index: int(int32(binary.NativeEndian.Uint32(m.Data[4:]))),
		flags: binary.NativeEndian.Uint32(m.Data[8:]),
	}
	attributes, err := syscall.ParseNetlinkRouteAttr(&m)
	if err != nil {
		return nil, err
	}
	for _, a := range attributes {
		number := func() int {
			if len(a.Value) < 4 {
				return 0
			}
			return int(int32(binary.NativeEndian.Uint32(a.Value)))
		}
		switch a.Attr.Type {
		case unix.IFLA_IFNAME:
			i.name = unix.ByteSliceToString(a.Value)
		case unix.IFLA_QDISC:
			i.qdisc = unix.ByteSliceToString(a.Value)
		case unix.IFLA_MTU:
			i.mtu = number()
		case unix.IFLA_TXQLEN:
			i.queue = number()
		case unix.IFLA_LINK:
			i.peer = number()
		case unix.IFLA_LINK_NETNSID:
			i.elsewhere, i.netns = true, number()
		case unix.IFLA_MASTER:
			i.master = number()
		case unix.IFLA_OPERSTATE:
			i.state = a.Value[0]
		case unix.IFLA_LINKMODE:
			i.mode = a.Value[0]
		case unix.IFLA_ADDRESS:
			i.hardware = a.Value
		case unix.IFLA_BROADCAST:
			i.brd = a.Value
		}
	}
	return i, nil
}

// setUp changes the IFF_UP flag of an interface: an RTM_NEWLINK message that
// names one flag in ifi_change changes nothing else.
func setUp(index int, up bool) error {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	const size = unix.SizeofNlMsghdr + unix.SizeofIfInfomsg
	m := make([]byte, size)
	order := binary.NativeEndian
	order.PutUint32(m[0:], size)                                     // nlmsg_len
	order.PutUint16(m[4:], unix.RTM_NEWLINK)                         // nlmsg_type
	order.PutUint16(m[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)        // nlmsg_flags
	order.PutUint32(m[8:], 1)                                        // nlmsg_seq
	order.PutUint32(m[unix.SizeofNlMsghdr+4:], uint32(index))        // ifi_index
	order.PutUint32(m[unix.SizeofNlMsghdr+12:], uint32(unix.IFF_UP)) // ifi_change
	if up {
		order.PutUint32(m[unix.SizeofNlMsghdr+8:], uint32(unix.IFF_UP)) // ifi_flags
	}
	if err := unix.Sendto(fd, m, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	return acknowledged(fd)
}

// acknowledged reads the kernel's answer: an NLMSG_ERROR message, whose number
// is zero when all went well.
func acknowledged(fd int) error {
	answer := make([]byte, 4096)
	n, _, err := unix.Recvfrom(fd, answer, 0)
	if err != nil {
		return err
	}
	all, err := syscall.ParseNetlinkMessage(answer[:n])
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Header.Type == unix.NLMSG_ERROR && len(m.Data) >= 4 {
			if number := int32(binary.NativeEndian.Uint32(m.Data)); number != 0 {
				return unix.Errno(-number)
			}
			return nil
		}
	}
	return fmt.Errorf("no answer in %d bytes", n)
}
