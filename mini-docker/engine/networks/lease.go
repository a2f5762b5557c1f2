package networks

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/network/nat"
	"drydock/mini-docker/network/pool"
)

// Lease is a container's connection to one network.
type Lease struct {
	Network   string // id
	Container string // id
	Name      string // of the container
	Names     []string

	EndpointID string
	Address    netip.Prefix // with the length of the subnet
	Gateway    netip.Addr
	MAC        string
	Interface  string // of the host
	Inside     string // of the container: eth0

	Published []Published

	NameServer netip.Addr       // of the network; not valid where there is none
	Resolvers  []netip.AddrPort // whom it asks for this container
}

// Published is a port of the container that is a port of the host too.
type Published struct {
	HostIP   netip.Addr // 0.0.0.0 is all addresses
	HostPort uint16
	Port     uint16
	Protocol nat.Protocol
}

// ports are the lease's published ports in the terms of the rules.
func (l *Lease) ports() []nat.Port {
	var list []nat.Port
	for _, each := range l.Published {
		list = append(list, nat.Port{
			Address: each.HostIP, Protocol: each.Protocol, Port: each.HostPort,
			To: netip.AddrPortFrom(l.Address.Addr(), each.Port), Owner: l.Container,
		})
	}
	return list
}

const leaseSuffix = ".json"

func (s *Store) leaseFile(network, container string) string {
	return filepath.Join(s.leases(network), container+leaseSuffix)
}

// Leases returns the connections of a network that hold, by address.
func (s *Store) Leases(n *Network) ([]*Lease, error) { return s.holding(n) }

// holding returns the network's leases whose containers are alive.
func (s *Store) holding(n *Network) ([]*Lease, error) {
	all, err := s.written(n.ID)
	all = slices.DeleteFunc(all, func(l *Lease) bool { return !s.o.IsAlive(l.Container) })
	slices.SortFunc(all, func(a, b *Lease) int { return a.Address.Addr().Compare(b.Address.Addr()) })
	return all, err
}

// written returns all leases of a network, those of the dead among them.
func (s *Store) written(network string) ([]*Lease, error) {
	entries, err := os.ReadDir(s.leases(network))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var list []*Lease
	for _, entry := range entries {
		container, isLease := strings.CutSuffix(entry.Name(), leaseSuffix)
		if !isLease {
			continue
		}
		lease := new(Lease)
		switch err := read(s.leaseFile(network, container), lease); {
		case errors.Is(err, os.ErrNotExist): // given back just now
		case err != nil:
			return nil, err
		default:
			list = append(list, lease)
		}
	}
	return list, nil
}

// Of returns the connections of a container, by interface.
func (s *Store) Of(container string) ([]*Lease, error) {
	paths, err := filepath.Glob(s.leaseFile("*", container))
	if err != nil {
		return nil, err
	}
	var list []*Lease
	for _, path := range paths {
		lease := new(Lease)
		if err := read(path, lease); errors.Is(err, os.ErrNotExist) {
			continue
		} else if err != nil {
			return nil, err
		}
		list = append(list, lease)
	}
	slices.SortFunc(list, func(a, b *Lease) int { return strings.Compare(a.Inside, b.Inside) })
	return list, nil
}

// address chooses the address of a new lease: the one that is asked for, or the
// lowest that nobody alive has.
func (s *Store) address(n *Network, wanted netip.Addr) (netip.Prefix, error) {
	leases, err := s.holding(n)
	if err != nil {
		return netip.Prefix{}, err
	}
	taken := map[netip.Addr]bool{n.Gateway: true}
	for _, lease := range leases {
		taken[lease.Address.Addr()] = true
	}
	if wanted.IsValid() {
		switch {
		case !pool.IsUsable(n.Subnet, wanted):
			return netip.Prefix{}, invalidf("invalid endpoint settings: no configured subnet contains IP address %s", wanted)
		case taken[wanted]:
			return netip.Prefix{}, invalidf("Address already in use: %s on network %s", wanted, n.Name)
		}
		return netip.PrefixFrom(wanted, n.Subnet.Bits()), nil
	}
	within := n.Subnet
	if n.IPRange.IsValid() {
		within = n.IPRange
	}
	address, err := pool.Address(n.Subnet, within, func(a netip.Addr) bool { return taken[a] })
	if errors.Is(err, pool.ErrFull) {
		err = invalidf("%s: %s (%s)", err, n.Name, n.ID[:12])
	}
	return netip.PrefixFrom(address, n.Subnet.Bits()), err
}
