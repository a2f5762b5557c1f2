package see

import (
	"slices"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// wire fills in what /proc does not tell of interfaces: their kind, the bridge
// they are a port of, and where a veth's other end is. Only netlink knows, in
// the namespace itself, so the look opens a socket there; where it may not, the
// links stay as they are. See rtnetlink(7) and veth(4).
func (s *Scene) wire(doors map[uint64]Process) {
	sockets := map[uint64]*netlink.Handle{}
	for id, p := range doors {
		if socket, err := socketIn(p.PID); err == nil {
			defer socket.Close()
			sockets[id] = socket
		}
	}
	raw := map[uint64][]netlink.Link{}
	for id, socket := range sockets {
		raw[id], _ = socket.LinkList() // a namespace that has ended has none
	}
	for _, n := range s.Networks {
		for i := range n.Links {
			link := &n.Links[i]
			at := slices.IndexFunc(raw[n.Namespace], func(l netlink.Link) bool { return l.Attrs().Name == link.Name })
			if at < 0 {
				continue
			}
			found := raw[n.Namespace][at]
			link.Kind = kindOf(found)
			link.Bridge = nameOf(raw[n.Namespace], found.Attrs().MasterIndex)
			link.addAddresses(sockets[n.Namespace], found)
			if link.Kind == "veth" {
				link.Peer = peerOf(found, n.Namespace, sockets[n.Namespace], raw, doors)
			}
		}
	}
}

// addAddresses puts those IPv4 addresses in front that no route of the link led to:
// an address that is alone in its subnet has none.
func (l *Link) addAddresses(socket *netlink.Handle, found netlink.Link) {
	addresses, err := socket.AddrList(found, netlink.FAMILY_V4)
	if err != nil {
		return
	}
	for _, each := range slices.Backward(addresses) {
		if text := each.IPNet.String(); !slices.Contains(l.Addresses, text) {
			l.Addresses = append([]string{text}, l.Addresses...)
		}
	}
}

// socketIn opens a netlink socket in the network namespace of a process.
func socketIn(pid int) (*netlink.Handle, error) {
	if pid == selfPID() {
		return netlink.NewHandle()
	}
	namespace, err := netns.GetFromPid(pid)
	if err != nil {
		return nil, err
	}
	defer namespace.Close()
	return netlink.NewHandleAt(namespace)
}

// kindOf is what made a link: bridge, veth, vxlan …; "" for a device.
func kindOf(l netlink.Link) string {
	if kind := l.Type(); kind != "device" {
		return kind
	}
	return ""
}

// nameOf finds a link's name by its number; "" for 0, which none has.
func nameOf(links []netlink.Link, index int) string {
	for _, l := range links {
		if l.Attrs().Index == index && index != 0 {
			return l.Attrs().Name
		}
	}
	return ""
}

// peerOf finds the other end of a veth: its number, and what its namespace is
// called from here, where it is another one. Namespaces have a number for each
// other only as one needs it: see RTM_GETNSID in rtnetlink(7).
func peerOf(l netlink.Link, here uint64, socket *netlink.Handle, raw map[uint64][]netlink.Link, doors map[uint64]Process) *Peer {
	index, number := l.Attrs().ParentIndex, l.Attrs().NetNsID
	if number < 0 {
		if name := nameOf(raw[here], index); name != "" {
			return &Peer{Namespace: here, Name: name}
		}
		return nil
	}
	for id, p := range doors {
		if id == here {
			continue
		}
		if known, err := socket.GetNetNsIdByPid(p.PID); err == nil && known == number {
			return &Peer{Namespace: id, Name: nameOf(raw[id], index)}
		}
	}
	return nil
}
