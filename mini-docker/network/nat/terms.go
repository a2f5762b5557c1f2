package nat

import (
	"net"
	"net/netip"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The terms that rules are put together from. A rule is a little program: each
// expression loads something into a register, or compares a register, and ends
// the rule if it is not as it should be. See nft(8), EXPRESSIONS.

func join(terms ...[]expr.Any) []expr.Any { return slices.Concat(terms...) }

func verdict(kind expr.VerdictKind) []expr.Any { return []expr.Any{&expr.Verdict{Kind: kind}} }

// sourceIn is `ip saddr PREFIX`, destinationIn is `ip daddr PREFIX`: bytes 12 and
// 16 of the header. See RFC 791, 3.1.
func sourceIn(p netip.Prefix) []expr.Any      { return addressIn(12, p) }
func destinationIn(p netip.Prefix) []expr.Any { return addressIn(16, p) }

func addressIn(offset uint32, p netip.Prefix) []expr.Any {
	mask := net.CIDRMask(p.Bits(), 32)
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: p.Masked().Addr().AsSlice()},
	}
}

// enters is `iifname NAME`, leaves is `oifname NAME`.
func enters(op expr.CmpOp, name string) []expr.Any { return named(expr.MetaKeyIIFNAME, op, name) }
func leaves(op expr.CmpOp, name string) []expr.Any { return named(expr.MetaKeyOIFNAME, op, name) }

func named(key expr.MetaKey, op expr.CmpOp, name string) []expr.Any {
	padded := make([]byte, unix.IFNAMSIZ)
	copy(padded, name)
	return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: op, Register: 1, Data: padded}}
}

// destinationIsLocal is `fib daddr type local`: the address is one of this
// machine's own.
func destinationIsLocal() []expr.Any {
	return []expr.Any{
		&expr.Fib{Register: 1, ResultADDRTYPE: true, FlagDADDR: true},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(unix.RTN_LOCAL)},
	}
}

// isTranslated is `ct status dnat`: the connection came to a published port.
func isTranslated() []expr.Any {
	const translated = 1 << 5 // IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h
	return connection(expr.CtKeySTATUS, translated)
}

// isEstablished is `ct state established,related`: it answers something, or tells
// of an error in it.
func isEstablished() []expr.Any {
	return connection(expr.CtKeySTATE, expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED)
}

// connection loads what conntrack knows of the packet's connection: is one of
// these bits set?
func connection(key expr.CtKey, bits uint32) []expr.Any {
	return []expr.Any{
		&expr.Ct{Key: key, Register: 1},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4,
			Mask: binaryutil.NativeEndian.PutUint32(bits), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}
}

// destination, protocol and port load a part of a key into a register.
func destination(register uint32) []expr.Any {
	return []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4}}
}

func protocol(register uint32) []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register}}
}

func port(register uint32) []expr.Any {
	return []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}}
}

// lookUp replaces the key that begins in register 1 by what the map has for it.
func lookUp(name string) []expr.Any {
	return []expr.Any{&expr.Lookup{SourceRegister: 1, DestRegister: 1, IsDestRegSet: true, SetName: name}}
}

// The maps of published ports: at any address of the host, and at one.
const (
	published   = "published"
	publishedAt = "published-at"
)

func mapOf(table *nftables.Table, name string) *nftables.Set {
	key := nftables.MustConcatSetType(nftables.TypeInetProto, nftables.TypeInetService)
	if name == publishedAt {
		key = nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetProto, nftables.TypeInetService)
	}
	return &nftables.Set{
		Table: table, Name: name, IsMap: true, Concatenation: true, KeyType: key,
		DataType: nftables.MustConcatSetType(nftables.TypeIPAddr, nftables.TypeInetService),
	}
}

// addMaps adds both, empty.
func addMaps(batch *nftables.Conn, table *nftables.Table) {
	for _, name := range []string{published, publishedAt} {
		if err := batch.AddSet(mapOf(table, name), nil); err != nil {
			panic(err) // only elements could be wrong, and there are none
		}
	}
}
