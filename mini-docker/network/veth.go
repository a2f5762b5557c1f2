package network

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
)

// Veth is the host's end of a pair of virtual interfaces: what goes in at one end
// comes out at the other, which is in another network namespace. See veth(4).
type Veth struct{ link netlink.Link }

// VethSpec says what pair to make.
type VethSpec struct {
	Name      string // of the end that stays
	Alias     string // of the end that stays: whose it is
	Peer      string // of the other end, as its namespace calls it
	Namespace *Namespace
	MAC       net.HardwareAddr // of the other end; by chance if nil
	MTU       int              // bytes in a packet
}

// NewVeth makes a pair of interfaces, one end here and its peer in another
// namespace: like a cable, they come and go together. When the namespace dies
// with its last process, so does the pair. See veth(4), and network_namespaces(7).
func NewVeth(s VethSpec) (*Veth, error) {
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU = s.Name, s.MTU
	link := netlink.NewVeth(attributes)
	link.PeerName, link.PeerHardwareAddr, link.PeerMTU = s.Peer, s.MAC, uint32(s.MTU)
	link.PeerNamespace = netlink.NsFd(s.Namespace.file.Fd())
	if err := netlink.LinkAdd(link); err != nil {
		return nil, fmt.Errorf("making the pair %s and %s: %w", s.Name, s.Peer, unsupported(err))
	}
	return &Veth{link}, netlink.LinkSetAlias(link, s.Alias)
}

// Name is the name of the end that is here.
func (v *Veth) Name() string { return v.link.Attrs().Name }

// Remove removes the pair.
func (v *Veth) Remove() error { return RemoveVeth(v.Name()) }

// RemoveVeth removes the pair one end of which has the name here. That it is not
// there, or not any more, is no error.
func RemoveVeth(name string) error {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil
	}
	if err == nil && link.Type() == "veth" {
		err = netlink.LinkDel(link)
	}
	if err != nil && !isGone(err) {
		return fmt.Errorf("removing interface %s: %w", name, err)
	}
	return nil
}
