package rules

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Read returns the ports for which a node has rules, by name; of those that nobody
// is behind the kernel keeps the address alone. In a network namespace without such
// rules there are none.
func Read(namespace *os.File) ([]Port, error) {
	connection, err := nftables.New(nftables.WithNetNSFd(int(namespace.Fd())))
	if err != nil {
		return nil, fmt.Errorf("talking to the packet filter: %w", err)
	}
	tables, err := connection.ListTablesOfFamily(nftables.TableFamilyIPv4)
	if err != nil {
		return nil, fmt.Errorf("asking for tables: %w", err)
	}
	if !slices.ContainsFunc(tables, func(t *nftables.Table) bool { return t.Name == tableName }) {
		return nil, nil
	}
	r := reader{connection: connection, table: &nftables.Table{Name: tableName, Family: nftables.TableFamilyIPv4}}
	ports := r.ports(addressesName)
	ports = append(ports, r.ports(deadAddresses)...)
	onNodes := map[string]uint16{}
	for _, each := range r.elements(nodePortsName, true) {
		if name := chainOf(each); name != "" && len(each.Key) >= 6 {
			onNodes[name] = binary.BigEndian.Uint16(each.Key[4:])
		}
	}
	for i := range ports {
		if name := ports[i].Name; name != "" {
			ports[i].NodePort, ports[i].Endpoints = onNodes[name], r.endpoints(name)
		}
	}
	slices.SortFunc(ports, func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Address.Compare(b.Address), cmp.Compare(a.Port, b.Port))
	})
	return ports, r.err
}

// reader asks for one set after the other.
type reader struct {
	connection *nftables.Conn
	table      *nftables.Table
	err        error // the first that there was
}

// ports reads the keys of a set that begin with the address of a Service: address,
// protocol and port, in a register of four bytes each.
func (r *reader) ports(set string) []Port {
	var found []Port
	for _, each := range r.elements(set, set == addressesName) {
		if len(each.Key) < 12 {
			continue
		}
		address, _ := netip.AddrFromSlice(each.Key[:4])
		p := Port{Address: address, Protocol: each.Key[4], Port: binary.BigEndian.Uint16(each.Key[8:]), Name: chainOf(each)}
		found = append(found, p)
	}
	return found
}

// endpoints reads the map of a chain, in the order of its numbers.
func (r *reader) endpoints(name string) []netip.AddrPort {
	elements := r.elements(name, true)
	slices.SortFunc(elements, func(a, b nftables.SetElement) int {
		return cmp.Compare(binaryutil.NativeEndian.Uint32(a.Key), binaryutil.NativeEndian.Uint32(b.Key))
	})
	var found []netip.AddrPort
	for _, each := range elements {
		if len(each.Val) < 6 {
			continue
		}
		address, _ := netip.AddrFromSlice(each.Val[:4])
		found = append(found, netip.AddrPortFrom(address, binary.BigEndian.Uint16(each.Val[4:])))
	}
	return found
}

func (r *reader) elements(set string, isMap bool) []nftables.SetElement {
	elements, err := r.connection.GetSetElements(&nftables.Set{Table: r.table, Name: set, IsMap: isMap})
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("asking for the rules of Services: %w", err)
	}
	return elements
}

// chainOf is the chain that an element of a map leads to, "" for none. The library
// leaves the verdict as it came: attributes of which one is the chain's name, see
// NFTA_VERDICT_CHAIN in linux/netfilter/nf_tables.h.
func chainOf(e nftables.SetElement) string {
	attributes, err := nl.ParseRouteAttr(e.Val)
	if err != nil {
		return ""
	}
	for _, each := range attributes {
		if each.Attr.Type == unix.NFTA_VERDICT_CHAIN {
			return string(bytes.TrimRight(each.Value, "\x00"))
		}
	}
	return ""
}
