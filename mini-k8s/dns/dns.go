// Package dns answers for the names of a cluster: web.default.svc.cluster.local is
// the address of the Service web in the namespace default.
//
//	d := dns.New(dns.Config{Client: c, Domain: "cluster.local", Address: address, ClusterIP: "10.96.0.10"})
//	err := d.Run(ctx)
//
// One process answers for the whole cluster, and is reached as others are: by the
// Service kube-dns, whose one endpoint it writes down itself (publish.go). What is
// not the cluster's it asks of others, if it is told of any, and refuses else.
//
// All records are worked out anew when a Service changes (zone.go); a question is
// then looked up in a map. See RFC 1035.
package dns

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"drydock/mini-k8s/client"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Config is what a name server is made of.
type Config struct {
	Client    *client.Client
	Domain    string         // of the cluster's names
	Address   netip.AddrPort // to listen at, UDP and TCP
	ClusterIP string         // of the Service that leads here
	Upstreams []string       // HOST:PORT of servers for all other names
}

// Server answers questions.
type Server struct {
	config Config
	zone   atomic.Pointer[zone]
}

var _ dns.Handler = (*Server)(nil)

// New returns a server.
func New(config Config) *Server { return &Server{config: config} }

// Run answers until ctx ends.
func (s *Server) Run(ctx context.Context) error {
	services := client.Cached[corev1.Service](s.config.Client, client.Selector{})
	slices := client.Cached[discoveryv1.EndpointSlice](s.config.Client, client.Selector{})
	queue := client.NewQueue[string]()
	services.OnChange(func(_, _ *corev1.Service) { queue.Add("zone") })
	slices.OnChange(func(_, _ *discoveryv1.EndpointSlice) { queue.Add("zone") })
	ctx, stop := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() { services.Run(ctx) })
	following.Go(func() { slices.Run(ctx) })
	defer following.Wait()
	defer stop()
	if services.Synced(ctx) != nil || slices.Synced(ctx) != nil {
		return nil // ctx has ended
	}
	s.zone.Store(newZone(s.config.Domain, services.All(), slices.All()))
	following.Go(func() {
		queue.Run(ctx, 1, func(context.Context, string) error {
			s.zone.Store(newZone(s.config.Domain, services.All(), slices.All()))
			return nil
		})
	})
	if err := s.publish(ctx); err != nil {
		return err
	}
	return s.listen(ctx)
}

// listen serves at both protocols.
func (s *Server) listen(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, protocol := range []string{"udp", "tcp"} {
		server := &dns.Server{Addr: s.config.Address.String(), Net: protocol, Handler: s}
		group.Go(func() error {
			stop := context.AfterFunc(ctx, func() { _ = server.Shutdown() }) // fails before it has started
			defer stop()
			if err := server.ListenAndServe(); err != nil && ctx.Err() == nil {
				return fmt.Errorf("listening at %s %s: %w", protocol, server.Addr, err)
			}
			return nil
		})
	}
	return group.Wait()
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg)
	switch {
	case len(question.Question) != 1 || question.Opcode != dns.OpcodeQuery:
		answer.SetRcode(question, dns.RcodeNotImplemented)
	default:
		answer = s.answer(question)
	}
	size := dns.MinMsgSize
	if option := question.IsEdns0(); option != nil {
		size = max(size, int(option.UDPSize()))
	}
	if w.LocalAddr().Network() == "tcp" {
		size = dns.MaxMsgSize
	}
	answer.Truncate(size)
	_ = w.WriteMsg(answer) // who asked may have gone
}

// answer finds the answer. A name that exists without records of the type asked
// for is no error, but an empty answer.
func (s *Server) answer(question *dns.Msg) *dns.Msg {
	asked, zone := question.Question[0], s.zone.Load()
	name := dns.CanonicalName(asked.Name)
	records, exists := zone.records[name]
	ours := dns.IsSubDomain(zone.domain, name)
	if !ours && !exists {
		return s.forward(question)
	}
	answer := new(dns.Msg)
	answer.SetReply(question)
	answer.Authoritative, answer.RecursionAvailable = true, len(s.config.Upstreams) > 0
	for _, each := range records {
		kind := each.Header().Rrtype
		if kind == asked.Qtype || kind == dns.TypeCNAME || asked.Qtype == dns.TypeANY {
			answer.Answer = append(answer.Answer, named(each, asked.Name))
		}
	}
	if !exists {
		answer.Rcode = dns.RcodeNameError
	}
	if len(answer.Answer) == 0 {
		answer.Ns = []dns.RR{zone.soa()}
	}
	if len(answer.Answer) == 1 && answer.Answer[0].Header().Rrtype == dns.TypeCNAME && asked.Qtype != dns.TypeCNAME {
		s.follow(answer, asked.Qtype)
	}
	rand.Shuffle(len(answer.Answer), func(i, j int) { // some take the first only
		if answer.Answer[i].Header().Rrtype != dns.TypeCNAME && answer.Answer[j].Header().Rrtype != dns.TypeCNAME {
			answer.Answer[i], answer.Answer[j] = answer.Answer[j], answer.Answer[i]
		}
	})
	return answer
}

// named is a record under the name as it was asked for: some compare its case.
func named(r dns.RR, name string) dns.RR {
	r = dns.Copy(r)
	r.Header().Name = name
	return r
}

// follow adds what is behind a name elsewhere. A resolver that got the alias alone
// would think that there is nothing.
func (s *Server) follow(answer *dns.Msg, kind uint16) {
	target := answer.Answer[0].(*dns.CNAME).Target
	if dns.CanonicalName(target) == dns.CanonicalName(answer.Question[0].Name) {
		return // it is its own alias
	}
	next := new(dns.Msg)
	next.SetQuestion(target, kind)
	if records := s.zone.Load().records[dns.CanonicalName(target)]; len(records) > 0 {
		for _, each := range records {
			if each.Header().Rrtype == kind {
				answer.Answer = append(answer.Answer, each)
			}
		}
		return
	}
	answer.Answer = append(answer.Answer, s.forward(next).Answer...)
}

// upstreamTime is how long another server may take.
const upstreamTime = 2 * time.Second

// forward asks others, one after the other.
func (s *Server) forward(question *dns.Msg) *dns.Msg {
	answer := new(dns.Msg)
	if len(s.config.Upstreams) == 0 {
		return answer.SetRcode(question, dns.RcodeRefused)
	}
	for _, upstream := range s.config.Upstreams {
		for _, protocol := range []string{"udp", "tcp"} { // TCP for what was too long
			asking := &dns.Client{Net: protocol, Timeout: upstreamTime}
			found, _, err := asking.Exchange(question, upstream)
			if err != nil {
				break
			}
			if !found.Truncated || protocol == "tcp" {
				return found
			}
		}
	}
	return answer.SetRcode(question, dns.RcodeServerFailure)
}
