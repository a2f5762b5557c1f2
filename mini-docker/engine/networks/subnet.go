package networks

import (
	"errors"
	"net/netip"

	"drydock/mini-docker/network"
	"drydock/mini-docker/network/pool"
)

// settleSubnet checks the subnet that a new network asks for, or chooses one, and
// its gateway. The folder of networks must be locked.
func (s *Store) settleSubnet(n *Network) error {
	if n.Subnet.IsValid() {
		if err := checkSubnet(n); err != nil {
			return err
		}
	} else if n.Gateway.IsValid() || n.IPRange.IsValid() {
		return invalidf("invalid network config: a gateway or a range of addresses needs --subnet")
	}
	used, err := s.usedBeside(n)
	if err != nil {
		return err
	}
	if n.IsChosen {
		if other, overlaps := pool.Overlap(n.Subnet, used); overlaps {
			return invalidf("invalid pool request: Pool overlaps with other one on this address space: "+
				"%s with %s, which this machine or another network uses: see `mini-docker network ls` and `ip route`", n.Subnet, other)
		}
	} else if n.Subnet, err = pool.Subnet(used); errors.Is(err, pool.ErrNoSubnet) {
		return invalidf("%s: name one with --subnet", err)
	} else if err != nil {
		return err
	}
	if !n.Gateway.IsValid() {
		n.Gateway = pool.First(n.Subnet)
	}
	return nil
}

// checkSubnet refuses what no network can have.
func checkSubnet(n *Network) error {
	switch {
	case !n.Subnet.Addr().Is4():
		return invalidf("subnet %s: only IPv4 is supported yet", n.Subnet)
	case n.Subnet != n.Subnet.Masked():
		return invalidf("invalid network config: invalid subnet %s: it should be %s", n.Subnet, n.Subnet.Masked())
	case n.Subnet.Bits() < 8 || n.Subnet.Bits() > 30:
		return invalidf("invalid network config: invalid subnet %s: its length must be from 8 to 30", n.Subnet)
	case !n.Subnet.Addr().IsGlobalUnicast() && !n.Subnet.Addr().IsLinkLocalUnicast() || n.Subnet.Addr().As4()[0] >= 240:
		return invalidf("invalid network config: invalid subnet %s: its addresses are no machine's", n.Subnet)
	case n.Gateway.IsValid() && !pool.IsUsable(n.Subnet, n.Gateway):
		return invalidf("invalid network config: invalid gateway %s: it must be an address of the subnet %s", n.Gateway, n.Subnet)
	case n.IPRange.IsValid() && (!n.Subnet.Contains(n.IPRange.Addr()) || n.IPRange.Bits() < n.Subnet.Bits()):
		return invalidf("invalid network config: invalid ip-range %s: it must lie in the subnet %s", n.IPRange, n.Subnet)
	}
	return nil
}

// usedBeside are the subnets of all other networks, and the ranges that this
// machine knows the way to, but for the network's own bridge.
func (s *Store) usedBeside(n *Network) ([]netip.Prefix, error) {
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	var used []netip.Prefix
	for _, other := range list {
		if other.ID != n.ID && other.Subnet.IsValid() {
			used = append(used, other.Subnet)
		}
	}
	routes, err := network.Routes()
	if err != nil {
		return nil, err
	}
	for _, route := range routes {
		if route.Interface != n.Bridge {
			used = append(used, route.Prefix)
		}
	}
	return used, nil
}
