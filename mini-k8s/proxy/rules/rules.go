// Package rules is what a node's packet filter is told about Services, and what it
// says of them.
//
//	err := rules.Write(pods, ports)     // in this network namespace
//	ports, err := rules.Read(namespace) // in that of an open file
//
// It knows addresses and numbers; what Services there are is package proxy's.
package rules

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"drydock/mini-docker/network/rule"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The rules of a node are one table, of the shape that Kubernetes' own proxy has
// with nftables. Each Service's port is one element of a map and one chain of one
// rule, so that a packet looks once, however many Services there are:
//
//	table ip mini-k8s-proxy {
//		map addresses  { ip daddr . protocol . port : goto default/web/tcp/- }
//		map node-ports { protocol . port : goto default/web/tcp/- }
//		chain default/web/tcp/- { dnat to numgen random mod 3 map @default/web/tcp/- }
//		map default/web/tcp/-   { 0 : 10.244.1.2 . 8080, 1 : …, 2 : … }
//		chain postrouting …     what has to come back through here
//		chain reject …          ports with nobody behind them
//	}
const (
	tableName     = "mini-k8s-proxy"
	addressesName = "addresses"
	nodePortsName = "node-ports"
	deadAddresses = "dead-addresses"
	deadNodePorts = "dead-node-ports"
	hairpinName   = "hairpin"
)

// table is the table as it is being written.
type table struct {
	batch *nftables.Conn
	table *nftables.Table
	err   error // the first thing that could not be put in
}

// Port is a port of a Service and what is behind it.
type Port struct {
	Name      string // namespace/service/protocol/port, by which its chain goes
	Address   netip.Addr
	Protocol  byte // its number, see protocols(5)
	Port      uint16
	NodePort  uint16 // 0 for none
	Endpoints []netip.AddrPort
}

// Write puts the rules in the place of those that are there, all in one step, see
// nft(8), so that at no time there are none.
func Write(pods netip.Prefix, ports []Port) error {
	batch, err := nftables.New()
	if err != nil {
		return fmt.Errorf("talking to the packet filter: %w", err)
	}
	t := &table{batch: batch, table: &nftables.Table{Name: tableName, Family: nftables.TableFamilyIPv4}}
	batch.AddTable(t.table)
	batch.DelTable(t.table) // without the line before, one that is not there would be an error
	batch.AddTable(t.table)
	for _, each := range ports {
		if len(each.Endpoints) > 0 {
			t.addTargets(each)
		}
	}
	t.addMaps(ports)
	t.addDestinations()
	t.addSources(pods)
	t.addRejects()
	if t.err == nil {
		t.err = batch.Flush()
	}
	if t.err != nil {
		return fmt.Errorf("writing the rules of %d ports: %w", len(ports), t.err)
	}
	return nil
}

// addTargets adds the chain of a port: a number by chance leads to one of its
// endpoints. The answer lies in two registers, see package nat.
func (t *table) addTargets(p Port) {
	targets := &nftables.Set{
		Table: t.table, Name: p.Name, IsMap: true, KeyType: nftables.TypeMark, // a number in the order of this machine
		DataType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetService),
	}
	var elements []nftables.SetElement
	for i, each := range p.Endpoints {
		elements = append(elements, nftables.SetElement{
			Key: binaryutil.NativeEndian.PutUint32(uint32(i)), Val: append(each.Addr().AsSlice(), padded(each.Port())...),
		})
	}
	t.addSet(targets, elements)
	chain := t.batch.AddChain(&nftables.Chain{Name: p.Name, Table: t.table})
	t.addRule(chain,
		[]expr.Any{&expr.Numgen{Register: 1, Modulus: uint32(len(p.Endpoints)), Type: unix.NFT_NG_RANDOM}},
		rule.LookUp(p.Name),
		[]expr.Any{&expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1, RegProtoMin: 9}})
}

// addMaps adds what leads from a Service's address or port to its chain, and what
// tells those that have nobody behind them. A pod that may come back to itself
// stands in the last one, twice.
func (t *table) addMaps(ports []Port) {
	var addresses, nodePorts, noAddresses, noNodePorts, hairpin []nftables.SetElement
	seen := map[netip.Addr]bool{}
	for _, p := range ports {
		own := append([]byte{p.Protocol, 0, 0, 0}, padded(p.Port)...)
		address := nftables.SetElement{Key: append(p.Address.AsSlice(), own...)}
		node := nftables.SetElement{Key: append([]byte{p.Protocol, 0, 0, 0}, padded(p.NodePort)...)}
		to := &expr.Verdict{Kind: expr.VerdictGoto, Chain: p.Name}
		if len(p.Endpoints) == 0 {
			noAddresses = append(noAddresses, address)
		} else {
			address.VerdictData, node.VerdictData = to, to
			addresses = append(addresses, address)
		}
		if p.NodePort != 0 && len(p.Endpoints) == 0 {
			noNodePorts = append(noNodePorts, node)
		} else if p.NodePort != 0 {
			nodePorts = append(nodePorts, node)
		}
		for _, each := range p.Endpoints {
			if !seen[each.Addr()] {
				seen[each.Addr()] = true
				hairpin = append(hairpin, nftables.SetElement{Key: append(each.Addr().AsSlice(), each.Addr().AsSlice()...)})
			}
		}
	}
	full := nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInetService)
	short := nftables.MustConcatSetType(nftables.TypeInetProto, nftables.TypeInetService)
	verdicts := nftables.Set{Table: t.table, IsMap: true, Concatenation: true, DataType: nftables.TypeVerdict}
	set := nftables.Set{Table: t.table, Concatenation: true}
	t.addSet(named(verdicts, addressesName, full), addresses)
	t.addSet(named(verdicts, nodePortsName, short), nodePorts)
	t.addSet(named(set, deadAddresses, full), noAddresses)
	t.addSet(named(set, deadNodePorts, short), noNodePorts)
	t.addSet(named(set, hairpinName, nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeIPAddr)), hairpin)
}

func named(like nftables.Set, name string, key nftables.SetDatatype) *nftables.Set {
	like.Name, like.KeyType = name, key
	return &like
}

// addDestinations adds the chains in which a connection's first packet is led to an
// endpoint: of what comes in, and of what the node itself sends.
func (t *table) addDestinations() {
	for name, hook := range map[string]*nftables.ChainHook{"prerouting": nftables.ChainHookPrerouting, "output": nftables.ChainHookOutput} {
		chain := t.batch.AddChain(&nftables.Chain{
			Name: name, Table: t.table, Type: nftables.ChainTypeNAT, Hooknum: hook, Priority: nftables.ChainPriorityNATDest,
		})
		t.addRule(chain, rule.Destination(1), rule.Protocol(9), rule.Port(10), goTo(addressesName))
		t.addRule(chain, rule.DestinationIsLocal(), rule.Protocol(1), rule.Port(9), goTo(nodePortsName))
	}
}

// addSources adds the chain that has answers come back through here, where they
// are translated back:
//
//	ct status dnat ip saddr . ip daddr @hairpin masquerade    # a pod that got itself
//	ct status dnat ip saddr != 10.244.0.0/16 masquerade       # whoever is no pod
//
// A pod's answer to a pod passes the asking one's node anyway.
func (t *table) addSources(pods netip.Prefix) {
	chain := t.batch.AddChain(&nftables.Chain{
		Name: "postrouting", Table: t.table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
	})
	t.addRule(chain, rule.IsTranslated(), rule.Source(1), rule.Destination(9), isIn(hairpinName), rule.Masquerade())
	t.addRule(chain, rule.SourceIn(pods), rule.Verdict(expr.VerdictReturn))
	t.addRule(chain, rule.IsTranslated(), rule.Masquerade())
}

// addRejects adds the chains that refuse what nobody is behind, at once: whoever
// asks need not wait for an answer that cannot come.
func (t *table) addRejects() {
	refuse := []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_ICMP_UNREACH, Code: 3}} // port unreachable (RFC 792)
	for name, hook := range map[string]*nftables.ChainHook{
		"reject-forward": nftables.ChainHookForward, "reject-output": nftables.ChainHookOutput, "reject-input": nftables.ChainHookInput,
	} {
		chain := t.batch.AddChain(&nftables.Chain{
			Name: name, Table: t.table, Type: nftables.ChainTypeFilter, Hooknum: hook, Priority: nftables.ChainPriorityFilter,
		})
		t.addRule(chain, rule.Destination(1), rule.Protocol(9), rule.Port(10), isIn(deadAddresses), refuse)
		t.addRule(chain, rule.DestinationIsLocal(), rule.Protocol(1), rule.Port(9), isIn(deadNodePorts), refuse)
	}
}

// goTo goes where the map leads from the key that begins in register 1. isIn goes
// on if the set has that key.
func goTo(name string) []expr.Any {
	return []expr.Any{&expr.Lookup{SourceRegister: 1, DestRegister: 0, IsDestRegSet: true, SetName: name}}
}

func isIn(name string) []expr.Any {
	return []expr.Any{&expr.Lookup{SourceRegister: 1, SetName: name}}
}

func (t *table) addRule(chain *nftables.Chain, terms ...[]expr.Any) {
	t.batch.AddRule(&nftables.Rule{Table: t.table, Chain: chain, Exprs: rule.Join(terms...)})
}

func (t *table) addSet(set *nftables.Set, elements []nftables.SetElement) {
	if err := t.batch.AddSet(set, elements); err != nil && t.err == nil {
		t.err = err
	}
}

// padded is a port in a register: four bytes.
func padded(port uint16) []byte {
	return append(binary.BigEndian.AppendUint16(nil, port), 0, 0)
}
