// Package rule has the terms that rules of nf_tables are put together from.
//
//	batch.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: rule.Join(
//		rule.SourceIn(subnet), rule.Leaves(expr.CmpOpNeq, bridge), rule.Masquerade())})
//
// A rule is a little program: each expression loads something into a register, or
// compares a register, and ends the rule if it is not as it should be. See nft(8),
// EXPRESSIONS. Which rules there are is for others to say.
package rule

import (
	"net"
	"net/netip"
	"slices"

	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Join makes one rule of terms.
func Join(terms ...[]expr.Any) []expr.Any { return slices.Concat(terms...) }

// Verdict ends the rule with accept, drop or return.
func Verdict(kind expr.VerdictKind) []expr.Any { return []expr.Any{&expr.Verdict{Kind: kind}} }

// SourceIn is `ip saddr PREFIX`, DestinationIn is `ip daddr PREFIX`: bytes 12 and
// 16 of the header. See RFC 791, 3.1.
func SourceIn(p netip.Prefix) []expr.Any      { return addressIn(12, p) }
func DestinationIn(p netip.Prefix) []expr.Any { return addressIn(16, p) }

func addressIn(offset uint32, p netip.Prefix) []expr.Any {
	mask := net.CIDRMask(p.Bits(), 32)
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: p.Masked().Addr().AsSlice()},
	}
}

// Masquerade is `masquerade`: the source becomes the address of the interface that
// the packet leaves by.
func Masquerade() []expr.Any { return []expr.Any{&expr.Masq{}} }

// Enters is `iifname NAME`, Leaves is `oifname NAME`.
func Enters(op expr.CmpOp, name string) []expr.Any { return named(expr.MetaKeyIIFNAME, op, name) }
func Leaves(op expr.CmpOp, name string) []expr.Any { return named(expr.MetaKeyOIFNAME, op, name) }

func named(key expr.MetaKey, op expr.CmpOp, name string) []expr.Any {
	padded := make([]byte, unix.IFNAMSIZ)
	copy(padded, name)
	return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: op, Register: 1, Data: padded}}
}

// DestinationIsLocal is `fib daddr type local`: the address is one of this
// machine's own.
func DestinationIsLocal() []expr.Any {
	return []expr.Any{
		&expr.Fib{Register: 1, ResultADDRTYPE: true, FlagDADDR: true},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.NativeEndian.PutUint32(unix.RTN_LOCAL)},
	}
}

// IsTranslated is `ct status dnat`: the connection came to a published port.
func IsTranslated() []expr.Any {
	const translated = 1 << 5 // IPS_DST_NAT of linux/netfilter/nf_conntrack_common.h
	return connection(expr.CtKeySTATUS, translated)
}

// IsEstablished is `ct state established,related`: it answers something, or tells
// of an error in it.
func IsEstablished() []expr.Any {
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

// Source, Destination, Protocol and Port load a part of a key into a register.
func Source(register uint32) []expr.Any {
	return []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: 12, Len: 4}}
}

func Destination(register uint32) []expr.Any {
	return []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4}}
}

func Protocol(register uint32) []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: register}}
}

func Port(register uint32) []expr.Any {
	return []expr.Any{&expr.Payload{DestRegister: register, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2}}
}

// LookUp replaces the key that begins in register 1 by what the map has for it.
func LookUp(name string) []expr.Any {
	return []expr.Any{&expr.Lookup{SourceRegister: 1, DestRegister: 1, IsDestRegSet: true, SetName: name}}
}
