package network

import (
	"errors"
	"fmt"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Bridge is a switch made of software: an interface of the host that passes
// frames between the interfaces attached to it, and has an address of its own,
// which is its containers' way out.
type Bridge struct{ link netlink.Link }

// BridgeSpec says what bridge to make.
type BridgeSpec struct {
	Name    string       // 15 bytes at most
	Alias   string       // a note for whoever lists interfaces: whose it is
	Address netip.Prefix // its own address, with the length of the subnet
	MTU     int          // bytes in a packet
}

var (
	// ErrNoBridge says that no interface has the name.
	ErrNoBridge = errors.New("no such bridge")
	// ErrExists says that an interface has the name already.
	ErrExists = errors.New("an interface of this name is there already")
)

// OpenBridge returns the bridge of that name. The error is ErrNoBridge if there
// is none. An alias other than the one given says that it is somebody else's.
func OpenBridge(name, alias string) (*Bridge, error) {
	link, err := netlink.LinkByName(name)
	if errors.As(err, &netlink.LinkNotFoundError{}) {
		return nil, fmt.Errorf("%w: %s", ErrNoBridge, name)
	}
	if err != nil {
		return nil, fmt.Errorf("looking up bridge %s: %w", name, unsupported(err))
	}
	if link.Type() != "bridge" || link.Attrs().Alias != alias {
		return nil, fmt.Errorf("interface %s is not ours: it is a %s with the alias %q", name, link.Type(), link.Attrs().Alias)
	}
	return &Bridge{link}, nil
}

// NewBridge makes a bridge, gives it its address and switches it on. If any of
// that fails there is no bridge.
func NewBridge(s BridgeSpec) (*Bridge, error) {
	bridge, err := addBridge(s)
	if errors.Is(err, unix.EEXIST) {
		err = ErrExists
	}
	if err != nil {
		return nil, fmt.Errorf("making bridge %s: %w", s.Name, unsupported(err))
	}
	if err := bridge.setUp(s); err != nil {
		return nil, errors.Join(fmt.Errorf("setting up bridge %s: %w", s.Name, unsupported(err)), bridge.Remove())
	}
	return bridge, nil
}

// addBridge makes the interface. Without a hardware address of its own a bridge has
// that of one of its ports, another one whenever they come and go, and its
// neighbours would go on asking the old. See ip-link(8), type bridge, and
// rtnetlink(7), RTM_NEWLINK.
func addBridge(s BridgeSpec) (*Bridge, error) {
	attributes := netlink.NewLinkAttrs()
	attributes.Name, attributes.MTU = s.Name, s.MTU
	attributes.HardwareAddr = MAC(s.Address.Addr())
	link := &netlink.Bridge{LinkAttrs: attributes}
	if err := netlink.LinkAdd(link); err != nil {
		return nil, err
	}
	return &Bridge{link}, nil
}

// setUp does for the bridge what `ip link set alias`, `ip address add` and `ip
// link set up` do. With the address comes the route: what is for the subnet
// leaves through the bridge.
func (b *Bridge) setUp(s BridgeSpec) error {
	if err := netlink.LinkSetAlias(b.link, s.Alias); err != nil {
		return err
	}
	if err := netlink.AddrAdd(b.link, &netlink.Addr{IPNet: ipNet(s.Address)}); err != nil {
		return err
	}
	if err := allowLoopback(s.Name); err != nil {
		return err
	}
	return netlink.LinkSetUp(b.link)
}

// Name is the name of the interface.
func (b *Bridge) Name() string { return b.link.Attrs().Name }

// MTU is how many bytes a packet has at most that passes the bridge.
func (b *Bridge) MTU() int { return b.link.Attrs().MTU }

// Attach plugs an interface into the bridge: from then on the frames it receives
// go to the others that are attached, and theirs to it. See ip-link(8), master.
//
// Hairpin lets a frame leave by the port it came in by, which is how a container
// reaches a published port of its own where the machine has its packet filter
// see bridged frames (net.bridge.bridge-nf-call-iptables). See bridge(8).
func (b *Bridge) Attach(v *Veth) error {
	if err := netlink.LinkSetMaster(v.link, b.link); err != nil {
		return fmt.Errorf("attaching %s to bridge %s: %w", v.Name(), b.Name(), err)
	}
	if err := netlink.LinkSetHairpin(v.link, true); err != nil {
		return fmt.Errorf("letting %s hear itself: %w", v.Name(), err)
	}
	return netlink.LinkSetUp(v.link)
}

// Ports are the names of the interfaces that are attached.
func (b *Bridge) Ports() ([]string, error) {
	links, err := netlink.LinkList()
	if err != nil {
		return nil, fmt.Errorf("listing interfaces: %w", err)
	}
	var names []string
	for _, link := range links {
		if link.Attrs().MasterIndex == b.link.Attrs().Index {
			names = append(names, link.Attrs().Name)
		}
	}
	return names, nil
}

// Remove removes the bridge. What is attached to it stays, unplugged.
func (b *Bridge) Remove() error {
	if err := netlink.LinkDel(b.link); err != nil {
		return fmt.Errorf("removing bridge %s: %w", b.Name(), unsupported(err))
	}
	return nil
}

// allowLoopback has the kernel route packets between this one interface and the
// host's loopback addresses, which are otherwise dropped as "martian". Only so
// does 127.0.0.1:PORT lead to a container. What containers themselves could send
// to the host's loopback because of it the table of package nat drops. See the
// kernel's Documentation/networking/ip-sysctl.rst, route_localnet.
func allowLoopback(name string) error {
	return os.WriteFile("/proc/sys/net/ipv4/conf/"+name+"/route_localnet", []byte("1"), 0)
}
