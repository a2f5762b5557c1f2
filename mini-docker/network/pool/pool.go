// Package pool decides which subnet a network gets and which address a container:
// arithmetic only, from what is taken already. Who takes it, and for how long,
// is written down by package engine/networks.
//
//	subnet, err := pool.Subnet(taken)              // 172.17.0.0/16, or the next
//	address, err := pool.Address(subnet, isTaken)  // 172.17.0.2, or the next
//
// The ranges are Docker's, from those that RFC 1918 sets aside for private use.
package pool

import (
	"errors"
	"net/netip"
)

var (
	// ErrNoSubnet says that every subnet of the ranges overlaps with one in use.
	ErrNoSubnet = errors.New("could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network")
	// ErrFull says that every address of a subnet is taken.
	ErrFull = errors.New("no available IPv4 addresses on this network's address pools")
)

// defaults are ranges, each with the length of the subnets cut from it.
var defaults = []struct {
	from   netip.Prefix
	length int
}{
	{netip.MustParsePrefix("172.17.0.0/16"), 16},
	{netip.MustParsePrefix("172.18.0.0/16"), 16},
	{netip.MustParsePrefix("172.19.0.0/16"), 16},
	{netip.MustParsePrefix("172.20.0.0/14"), 16},
	{netip.MustParsePrefix("172.24.0.0/14"), 16},
	{netip.MustParsePrefix("172.28.0.0/14"), 16},
	{netip.MustParsePrefix("192.168.0.0/16"), 20},
}

// Subnet returns the first subnet of the default ranges that overlaps with none
// of those in use. The error is ErrNoSubnet.
func Subnet(used []netip.Prefix) (netip.Prefix, error) {
	for _, each := range defaults {
		candidate := netip.PrefixFrom(each.from.Addr(), each.length)
		for each.from.Contains(candidate.Addr()) {
			if _, overlaps := Overlap(candidate, used); !overlaps {
				return candidate, nil
			}
			candidate = netip.PrefixFrom(last(candidate).Next(), each.length)
		}
	}
	return netip.Prefix{}, ErrNoSubnet
}

// Overlap returns the first of the prefixes that has an address in common with p.
func Overlap(p netip.Prefix, others []netip.Prefix) (netip.Prefix, bool) {
	for _, other := range others {
		if p.Overlaps(other) {
			return other, true
		}
	}
	return netip.Prefix{}, false
}

// First is the first address of a subnet that a machine can have: the one before
// names the subnet itself.
func First(subnet netip.Prefix) netip.Addr { return subnet.Masked().Addr().Next() }

// Address returns the lowest address of the range, which lies in the subnet, that
// a machine can have and that is not taken. The error is ErrFull.
func Address(subnet, within netip.Prefix, isTaken func(netip.Addr) bool) (netip.Addr, error) {
	for address := within.Masked().Addr(); within.Contains(address); address = address.Next() {
		if IsUsable(subnet, address) && !isTaken(address) {
			return address, nil
		}
	}
	return netip.Addr{}, ErrFull
}

// IsUsable says whether a machine of the subnet can have the address: the first
// of all names the subnet, the last is everybody. See RFC 1122, 3.2.1.3.
func IsUsable(subnet netip.Prefix, address netip.Addr) bool {
	return subnet.Contains(address) && address != subnet.Masked().Addr() && address != last(subnet)
}

// last is the last address of a prefix of IPv4.
func last(p netip.Prefix) netip.Addr {
	bytes := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(bytes)
}
