package see

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// linksOf reads the interfaces of a process's network namespace from the text
// files in /proc/PID/net (proc_pid_net(5)), for which nobody has to join it.
func linksOf(pid int) []Link {
	return links(file(pid, "net/dev"), file(pid, "net/route"), file(pid, "net/fib_trie"), file(pid, "net/if_inet6"))
}

// links puts the files together: dev names the interfaces and if_inet6 their
// IPv6 addresses, but no file says which interface an IPv4 address is on. The
// addresses are in fib_trie, and the subnets of each interface in route.
func links(dev, route, trie, inet6 string) []Link {
	all := []Link{}
	for line := range strings.Lines(dev) {
		if name, _, ok := strings.Cut(line, ":"); ok {
			all = append(all, Link{Name: strings.TrimSpace(name), Addresses: []string{}})
		}
	}
	routes := parseRoutes(route)
	for _, address := range localAddresses(trie) {
		for i := range all {
			if prefix, ok := routes.subnet(all[i].Name, address); ok {
				all[i].Addresses = append(all[i].Addresses, prefix)
				break
			}
		}
	}
	for i := range all {
		all[i].Addresses = append(all[i].Addresses, addresses6(inet6, all[i].Name)...)
		all[i].Gateway = routes.gateway(all[i].Name)
	}
	slices.SortFunc(all, func(a, b Link) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// aRoute is a line of /proc/PID/net/route.
type aRoute struct {
	link    string
	subnet  netip.Prefix
	gateway netip.Addr
}

type routeTable []aRoute

// parseRoutes reads the IPv4 routes: interface, destination, gateway, flags,
// three counters and the mask.
func parseRoutes(text string) routeTable {
	var table routeTable
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 8 {
			continue
		}
		destination, ok1 := hexAddress(f[1])
		gateway, ok2 := hexAddress(f[2])
		mask, ok3 := hexAddress(f[7])
		if !ok1 || !ok2 || !ok3 {
			continue // the heading
		}
		table = append(table, aRoute{f[0], netip.PrefixFrom(destination, ones(mask)), gateway})
	}
	return table
}

// hexAddress reads an address as the kernel prints it there: a number in the
// machine's byte order, which is little-endian on both architectures.
func hexAddress(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 4 {
		return netip.Addr{}, false
	}
	var a [4]byte
	binary.LittleEndian.PutUint32(a[:], binary.BigEndian.Uint32(b))
	return netip.AddrFrom4(a), true
}

// ones counts the leading ones of a netmask.
func ones(mask netip.Addr) int {
	n := 0
	for _, b := range mask.As4() {
		for ; b&0x80 != 0; b <<= 1 {
			n++
		}
	}
	return n
}

// subnet returns an address with the length of the subnet that a link has it
// from. Loopback's are in no table that route shows.
func (t routeTable) subnet(link string, a netip.Addr) (string, bool) {
	if link == "lo" && a.IsLoopback() {
		return a.String() + "/8", true
	}
	for _, r := range t {
		if r.link == link && r.subnet.Bits() > 0 && r.subnet.Contains(a) && r.gateway.IsUnspecified() {
			return fmt.Sprintf("%s/%d", a, r.subnet.Bits()), true
		}
	}
	return "", false
}

// gateway is where a link's default route leads, "" without one.
func (t routeTable) gateway(link string) string {
	for _, r := range t {
		if r.link == link && r.subnet.Bits() == 0 && !r.gateway.IsUnspecified() {
			return r.gateway.String()
		}
	}
	return ""
}

// localAddresses finds this host's own addresses in the routing trie: each is
// a leaf `|-- ADDRESS` with a line `/32 host LOCAL` below it. The trie stands
// there twice, as Main and as Local.
func localAddresses(trie string) []netip.Addr {
	var found []netip.Addr
	var leaf netip.Addr
	for line := range strings.Lines(trie) {
		line = strings.TrimSpace(line)
		if address, ok := strings.CutPrefix(line, "|-- "); ok {
			leaf, _ = netip.ParseAddr(address)
		}
		if line == "/32 host LOCAL" && leaf.IsValid() && !slices.Contains(found, leaf) {
			found = append(found, leaf)
		}
	}
	return found
}

// addresses6 returns a link's IPv6 addresses from if_inet6, whose lines are
// address, index, prefix length, scope, flags (all hexadecimal) and name.
func addresses6(text, link string) []string {
	var found []string
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 6 || f[5] != link {
			continue
		}
		b, err := hex.DecodeString(f[0])
		length, err2 := hex.DecodeString(f[2])
		if a, ok := netip.AddrFromSlice(b); err == nil && err2 == nil && ok && len(length) == 1 {
			found = append(found, fmt.Sprintf("%s/%d", a, length[0]))
		}
	}
	slices.Sort(found)
	return found
}
