package nat

import (
	"net/netip"

	"drydock/mini-docker/network/rule"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// loopback are the addresses that a machine calls itself by.
var loopback = netip.PrefixFrom(netip.AddrFrom4([4]byte{127}), 8)

// addDestinations adds the chains that rewrite the destination of a connection's
// first packet; the kernel remembers it for the rest, and undoes it in the
// answers. See nft(8), NAT STATEMENTS.
//
// What comes in for a loopback address is left alone: it is not from here.
func (n Network) addDestinations(batch *nftables.Conn, table *nftables.Table) {
	priority := *nftables.ChainPriorityNATDest
	prerouting := batch.AddChain(&nftables.Chain{
		Name: "prerouting", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPrerouting, Priority: &priority,
	})
	batch.AddRule(&nftables.Rule{Table: table, Chain: prerouting,
		Exprs: rule.Join(rule.DestinationIn(loopback), rule.Verdict(expr.VerdictReturn))})
	addDNAT(batch, prerouting)

	output := batch.AddChain(&nftables.Chain{
		Name: "output", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookOutput, Priority: &priority,
	})
	addDNAT(batch, output)
}

// addDNAT has packets for a published port of this machine go to the container
// that the maps name, at one address of the machine first, then at any:
//
//	fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @published-at
//	fib daddr type local dnat ip to meta l4proto . th dport map @published
//
// A key of several parts lies in registers of four bytes one behind the other, and
// so does the answer: registers 1, 9 and 10 follow each other. See nft(8), DNAT
// and CONCATENATIONS.
func addDNAT(batch *nftables.Conn, chain *nftables.Chain) {
	dnat := []expr.Any{&expr.NAT{Type: expr.NATTypeDestNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1, RegProtoMin: 9}}
	batch.AddRule(&nftables.Rule{Table: chain.Table, Chain: chain, Exprs: rule.Join(
		rule.DestinationIsLocal(), rule.Destination(1), rule.Protocol(9), rule.Port(10), rule.LookUp(publishedAt), dnat)})
	batch.AddRule(&nftables.Rule{Table: chain.Table, Chain: chain, Exprs: rule.Join(
		rule.DestinationIsLocal(), rule.Protocol(1), rule.Port(9), rule.LookUp(published), dnat)})
}

// addSources adds the chain that rewrites the source of what leaves, to the
// address of the interface by which it does: nobody outside knows the way back
// to a container. See nft(8), MASQUERADE.
func (n Network) addSources(batch *nftables.Conn, table *nftables.Table) {
	chain := batch.AddChain(&nftables.Chain{
		Name: "postrouting", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
	})
	n.addMasquerade(batch, chain)
	n.addHairpin(batch, chain)
}

// addMasquerade hides the containers behind the host:
//
//	ip saddr 172.17.0.0/16 oifname != "mini0" masquerade
func (n Network) addMasquerade(batch *nftables.Conn, chain *nftables.Chain) {
	batch.AddRule(&nftables.Rule{Table: chain.Table, Chain: chain, Exprs: rule.Join(
		rule.SourceIn(n.Subnet), rule.Leaves(expr.CmpOpNeq, n.Bridge), rule.Masquerade())})
}

// addHairpin hides who uses a published port from within, a neighbour of the
// container or the container itself, and the host by way of loopback:
//
//	ip saddr 172.17.0.0/16 oifname "mini0" ct status dnat masquerade
//	ip saddr 127.0.0.0/8 oifname "mini0" masquerade
//
// The container would answer a neighbour directly, past the host, from an
// address that the neighbour never asked; and 127.0.0.1 it takes for itself.
func (n Network) addHairpin(batch *nftables.Conn, chain *nftables.Chain) {
	batch.AddRule(&nftables.Rule{Table: chain.Table, Chain: chain, Exprs: rule.Join(
		rule.SourceIn(n.Subnet), rule.Leaves(expr.CmpOpEq, n.Bridge), rule.IsTranslated(), rule.Masquerade())})
	batch.AddRule(&nftables.Rule{Table: chain.Table, Chain: chain, Exprs: rule.Join(
		rule.SourceIn(loopback), rule.Leaves(expr.CmpOpEq, n.Bridge), rule.Masquerade())})
}

// addFilters adds the chains that keep networks apart. Into a network come
// answers, and what is for a published port:
//
//	oifname "mini0" ct state established,related accept
//	oifname "mini0" ct status dnat accept
//	oifname "mini0" iifname != "mini0" drop
//	iifname "mini0" oifname != "mini0" drop        # of an internal network
//
// To accept is no more than to go on to the next table: that of another network
// may still drop it.
func (n Network) addFilters(batch *nftables.Conn, table *nftables.Table) {
	forward := batch.AddChain(&nftables.Chain{
		Name: "forward", Table: table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter,
	})
	add := func(chain *nftables.Chain, exprs ...[]expr.Any) {
		batch.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: rule.Join(exprs...)})
	}
	add(forward, rule.Leaves(expr.CmpOpEq, n.Bridge), rule.IsEstablished(), rule.Verdict(expr.VerdictAccept))
	add(forward, rule.Leaves(expr.CmpOpEq, n.Bridge), rule.IsTranslated(), rule.Verdict(expr.VerdictAccept))
	add(forward, rule.Leaves(expr.CmpOpEq, n.Bridge), rule.Enters(expr.CmpOpNeq, n.Bridge), rule.Verdict(expr.VerdictDrop))
	if n.Internal {
		add(forward, rule.Enters(expr.CmpOpEq, n.Bridge), rule.Leaves(expr.CmpOpNeq, n.Bridge), rule.Verdict(expr.VerdictDrop))
	}

	// The bridge routes loopback addresses, see network.allowLoopback: a container
	// must neither reach the host's own nor claim to be one. Before the answers to
	// a published port are translated back they carry the bridge's address.
	guard := batch.AddChain(&nftables.Chain{
		Name: "guard", Table: table, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityRaw,
	})
	add(guard, rule.Enters(expr.CmpOpEq, n.Bridge), rule.DestinationIn(loopback), rule.Verdict(expr.VerdictDrop))
	add(guard, rule.Enters(expr.CmpOpEq, n.Bridge), rule.SourceIn(loopback), rule.Verdict(expr.VerdictDrop))
}
