package dns

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"drydock/mini-k8s/client"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// ttl is for how long others may remember an answer, in seconds.
const ttl = 5

// zone is all that is known under the cluster's domain, by name, in lower case. A
// name may be there without records, for those below it.
type zone struct {
	domain  string // with the dot at its end
	records map[string][]dns.RR
}

// newZone writes down the records of all Services. See
// https://github.com/kubernetes/dns, docs/specification.md.
func newZone(domain string, services []*corev1.Service, slices []*discoveryv1.EndpointSlice) *zone {
	z := &zone{dns.CanonicalName(domain), map[string][]dns.RR{}}
	behind := map[client.Key][]*discoveryv1.EndpointSlice{}
	for _, each := range slices {
		key := client.Key{Namespace: each.Namespace, Name: each.Labels[discoveryv1.LabelServiceName]}
		behind[key] = append(behind[key], each)
	}
	z.add(&dns.TXT{Hdr: header("dns-version."+z.domain, dns.TypeTXT), Txt: []string{"1.1.0"}})
	z.exist("svc." + z.domain)
	for _, s := range services {
		name := strings.Join([]string{s.Name, s.Namespace, "svc", z.domain}, ".")
		switch {
		case s.Spec.Type == corev1.ServiceTypeExternalName:
			z.add(&dns.CNAME{Hdr: header(name, dns.TypeCNAME), Target: dns.Fqdn(s.Spec.ExternalName)})
		case s.Spec.ClusterIP == corev1.ClusterIPNone:
			z.addHeadless(name, behind[client.KeyOf(s)], s.Spec.PublishNotReadyAddresses)
		default:
			z.addService(name, s)
		}
	}
	return z
}

// addService adds a Service with an address of its own.
func (z *zone) addService(name string, s *corev1.Service) {
	address, err := netip.ParseAddr(s.Spec.ClusterIP)
	if err != nil || !address.Is4() {
		return // it has none yet
	}
	z.addHost(name, address)
	for _, each := range s.Spec.Ports {
		z.addPort(name, name, each.Name, each.Protocol, uint16(each.Port))
	}
}

// addHeadless adds a Service that is only a name for its endpoints, each of which
// has one of its own. Without any that is ready there is no such name.
func (z *zone) addHeadless(name string, slices []*discoveryv1.EndpointSlice, all bool) {
	for _, slice := range slices {
		for _, each := range slice.Endpoints {
			if each.Conditions.Ready != nil && !*each.Conditions.Ready && !all {
				continue
			}
			for _, text := range each.Addresses {
				address, err := netip.ParseAddr(text)
				if err != nil || !address.Is4() {
					continue
				}
				host := strings.ReplaceAll(text, ".", "-")
				if each.Hostname != nil {
					host = cmp.Or(*each.Hostname, host)
				}
				host += "." + name
				z.addHost(host, address)
				z.add(&dns.A{Hdr: header(name, dns.TypeA), A: address.AsSlice()})
				for _, p := range slice.Ports {
					if p.Name != nil && p.Port != nil && p.Protocol != nil {
						z.addPort(name, host, *p.Name, *p.Protocol, uint16(*p.Port))
					}
				}
			}
		}
	}
}

// addHost adds a name, and for its address the way back.
func (z *zone) addHost(name string, address netip.Addr) {
	z.add(&dns.A{Hdr: header(name, dns.TypeA), A: address.AsSlice()})
	reverse, _ := dns.ReverseAddr(address.String()) // cannot fail for an address
	z.add(&dns.PTR{Hdr: header(reverse, dns.TypePTR), Ptr: name})
}

// addPort adds where to find a port that has a name. See RFC 2782.
func (z *zone) addPort(service, host, port string, protocol corev1.Protocol, number uint16) {
	if port == "" {
		return
	}
	name := fmt.Sprintf("_%s._%s.%s", port, strings.ToLower(cmp.Or(string(protocol), "tcp")), service)
	z.add(&dns.SRV{Hdr: header(name, dns.TypeSRV), Weight: 100, Port: number, Target: host})
}

func header(name string, kind uint16) dns.RR_Header {
	return dns.RR_Header{Name: name, Rrtype: kind, Class: dns.ClassINET, Ttl: ttl}
}

// add adds a record, once.
func (z *zone) add(r dns.RR) {
	name := dns.CanonicalName(r.Header().Name)
	for _, each := range z.records[name] {
		if dns.IsDuplicate(each, r) {
			return
		}
	}
	z.exist(name)
	z.records[name] = append(z.records[name], r)
}

// exist has a name exist, and those above it up to the domain: a resolver that is
// told that there is no default.svc.cluster.local need not ask for what is below
// it. See RFC 8020.
func (z *zone) exist(name string) {
	for dns.IsSubDomain(z.domain, name) {
		if _, there := z.records[name]; there {
			return
		}
		z.records[name] = nil
		next, _ := dns.NextLabel(name, 0)
		name = name[next:]
	}
}

// soa is whose word it is that a name or a record is not there, and for how long
// that holds. See RFC 2308.
func (z *zone) soa() dns.RR {
	return &dns.SOA{
		Hdr: header(z.domain, dns.TypeSOA), Ns: "ns.dns." + z.domain, Mbox: "hostmaster." + z.domain,
		Serial: 1, Refresh: 7200, Retry: 1800, Expire: 86400, Minttl: ttl,
	}
}
