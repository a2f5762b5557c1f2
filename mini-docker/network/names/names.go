// Package names is a name server for the containers of a network: it answers what
// it knows of them itself, and passes all other questions on to whom the machine
// asks.
//
//	server := names.Server{Zone: func(client netip.Addr) (*names.Zone, error) { … }}
//	err := server.Serve(ctx, packets, connections) // of the gateway's port 53
//
// Only the form of the messages is a library's (miekg/dns). What is asked and
// answered stands in RFC 1034 and RFC 1035: a question is a name and a type, of
// which A is an address for a name, and PTR a name for an address. Which names
// there are is the engine's to know. What others have answered is not kept: that
// is for whom it was passed on to.
package names

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/miekg/dns"
)

// Zone is what one client may know.
type Zone struct {
	Hosts map[string][]netip.Addr // by name, in lower case and without the final dot
	Names map[netip.Addr]string   // the name to be told for an address

	// Subnets are the zone's: nobody else is asked about addresses there.
	Subnets []netip.Prefix
	// Resolvers are asked what the zone does not know, one after the other.
	Resolvers []netip.AddrPort
}

// ttl is for how many seconds an answer may be remembered: not at all, since the
// container may be gone and its address another's. See RFC 1035, 3.2.1.
const ttl = 0

// Answer answers a question about the zone. It returns nil if the zone has nothing
// to say about the name, so that others are to be asked.
func (z *Zone) Answer(query *dns.Msg) *dns.Msg {
	if query.Opcode != dns.OpcodeQuery {
		return new(dns.Msg).SetRcode(query, dns.RcodeNotImplemented)
	}
	if len(query.Question) != 1 || query.Response {
		return new(dns.Msg).SetRcode(query, dns.RcodeFormatError)
	}
	question := query.Question[0]
	name := strings.ToLower(strings.TrimSuffix(question.Name, "."))
	if addresses, ok := z.Hosts[name]; ok {
		return z.tellAddresses(query, addresses)
	}
	if address, ok := reversed(name); ok {
		return z.tellName(query, address)
	}
	return nil
}

// tellAddresses answers about a name that is there. To be asked for what it does
// not have, such as an IPv6 address (AAAA), is no error: the answer is empty. Did
// it say that there is no such name, no other type would be asked for. See RFC
// 2308, 2.2.
func (z *Zone) tellAddresses(query *dns.Msg, addresses []netip.Addr) *dns.Msg {
	reply := new(dns.Msg).SetReply(query)
	question := query.Question[0]
	if question.Qtype != dns.TypeA && question.Qtype != dns.TypeANY {
		return reply
	}
	for _, address := range addresses {
		header := dns.RR_Header{Name: question.Name, Rrtype: dns.TypeA, Class: dns.ClassINET, Ttl: ttl}
		reply.Answer = append(reply.Answer, &dns.A{Hdr: header, A: address.AsSlice()})
	}
	return reply
}

// tellName answers who has an address. One of the zone's that nobody has is nobody
// else's business.
func (z *Zone) tellName(query *dns.Msg, address netip.Addr) *dns.Msg {
	reply := new(dns.Msg).SetReply(query)
	question := query.Question[0]
	name, ok := z.Names[address]
	switch {
	case ok && (question.Qtype == dns.TypePTR || question.Qtype == dns.TypeANY):
		header := dns.RR_Header{Name: question.Name, Rrtype: dns.TypePTR, Class: dns.ClassINET, Ttl: ttl}
		reply.Answer = append(reply.Answer, &dns.PTR{Hdr: header, Ptr: dns.Fqdn(name)})
	case ok:
	case slices.ContainsFunc(z.Subnets, func(p netip.Prefix) bool { return p.Contains(address) }):
		reply.Rcode = dns.RcodeNameError
	default:
		return nil
	}
	return reply
}

// reversed reads the address in a name like 2.0.17.172.in-addr.arpa, which is how
// one asks for the name of 172.17.0.2. See RFC 1035, 3.5.
func reversed(name string) (netip.Addr, bool) {
	text, ok := strings.CutSuffix(name, ".in-addr.arpa")
	labels := strings.Split(text, ".")
	if !ok || len(labels) != 4 {
		return netip.Addr{}, false
	}
	var bytes [4]byte
	for i, label := range labels {
		number, err := strconv.ParseUint(label, 10, 8)
		if err != nil {
			return netip.Addr{}, false
		}
		bytes[3-i] = byte(number)
	}
	return netip.AddrFrom4(bytes), true
}
