package networks

import (
	"net/netip"
	"strings"

	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/network/names"
)

// zone is what a container at that address of the network may know: who is on any
// of its networks, by every name, and by every name with the network's after it.
//
// The leases of the dead count until they are taken back, as their lines in
// /etc/hosts do.
func (s *Store) zone(network string, client netip.Addr) (*names.Zone, error) {
	leases, err := s.written(network)
	if err != nil {
		return nil, err
	}
	for _, lease := range leases {
		if lease.Address.Addr() == client {
			return s.zoneOf(lease)
		}
	}
	return nil, refusal.As(ErrNotExist, "nobody has the address %s", client)
}

func (s *Store) zoneOf(asker *Lease) (*names.Zone, error) {
	z := &names.Zone{
		Hosts: map[string][]netip.Addr{}, Names: map[netip.Addr]string{}, Resolvers: asker.Resolvers,
	}
	own, err := s.Of(asker.Container)
	if err != nil {
		return nil, err
	}
	for _, lease := range own {
		if len(lease.Names) == 0 {
			continue // on the default network nobody has a name
		}
		n := new(Network)
		if err := read(s.file(lease.Network), n); err != nil {
			return nil, err
		}
		members, err := s.written(lease.Network)
		if err != nil {
			return nil, err
		}
		z.Subnets = append(z.Subnets, lease.Address.Masked())
		for _, member := range members {
			addNames(z, n.Name, member)
		}
	}
	return z, nil
}

// addNames adds a container of a network, which may have names that others have
// too: whoever asks for one is told of all.
func addNames(z *names.Zone, network string, member *Lease) {
	address := member.Address.Addr()
	for _, name := range member.Names {
		for _, full := range []string{name, name + "." + network} {
			full = strings.ToLower(full)
			z.Hosts[full] = append(z.Hosts[full], address)
		}
	}
	z.Names[address] = member.Name + "." + network
}
