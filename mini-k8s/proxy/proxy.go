// Package proxy makes Services reachable on a node: what is sent to the address of
// a Service, or to a port that it has on every node, goes to one of the pods
// behind it.
//
//	p := proxy.New(proxy.Config{Client: c, Pods: clusterCIDR})
//	p.Run(ctx)
//
// No packet passes through this process: it tells the kernel's packet filter what
// to do with the first packet of a connection (package rules), and writes that anew
// whenever a Service or an EndpointSlice changes. Connections that stand go on,
// also when this process is not there. See
// https://kubernetes.io/docs/reference/networking/virtual-ips/.
//
// Names are package dns's, the way to pods is package cni's.
package proxy

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/proxy/rules"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Config is what a proxy is made of.
type Config struct {
	Client *client.Client
	Pods   netip.Prefix // the addresses of all pods
}

// Proxy keeps the rules of one node.
type Proxy struct {
	config   Config
	services *client.Cache[corev1.Service]
	slices   *client.Cache[discoveryv1.EndpointSlice]
	queue    *client.Queue[string]
}

// everything is the one key of the queue: the rules are written as a whole.
const everything = "rules"

// New returns a proxy.
func New(config Config) *Proxy {
	p := &Proxy{
		config:   config,
		services: client.Cached[corev1.Service](config.Client, client.Selector{}),
		slices:   client.Cached[discoveryv1.EndpointSlice](config.Client, client.Selector{}),
		queue:    client.NewQueue[string](),
	}
	p.services.OnChange(func(_, now *corev1.Service) {
		tellUnsupported(now)
		p.queue.Add(everything)
	})
	p.slices.OnChange(func(_, _ *discoveryv1.EndpointSlice) { p.queue.Add(everything) })
	return p
}

// Run keeps the rules until ctx ends, and leaves them behind: they go on working
// while somebody starts the next proxy.
func (p *Proxy) Run(ctx context.Context) {
	var group sync.WaitGroup
	group.Go(func() { p.services.Run(ctx) })
	group.Go(func() { p.slices.Run(ctx) })
	defer group.Wait()
	if p.services.Synced(ctx) != nil || p.slices.Synced(ctx) != nil {
		return // ctx has ended
	}
	p.queue.Add(everything)
	p.queue.Run(ctx, 1, func(context.Context, string) error {
		ports := portsOf(p.services.All(), p.slices.All())
		err := rules.Write(p.config.Pods, ports)
		if err != nil {
			slog.Warn("writing rules", "error", err)
		}
		return err
	})
}

// tellUnsupported says what a Service asks for and does not get.
func tellUnsupported(s *corev1.Service) {
	if s == nil {
		return
	}
	warn := func(field string) {
		slog.Warn("a Service asks for what this proxy cannot do, and is treated as if it did not", "service", client.KeyOf(s), "field", field)
	}
	if s.Spec.SessionAffinity == corev1.ServiceAffinityClientIP {
		warn("spec.sessionAffinity: ClientIP")
	}
	if s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		warn("spec.externalTrafficPolicy: Local")
	}
	if local := s.Spec.InternalTrafficPolicy; local != nil && *local == corev1.ServiceInternalTrafficPolicyLocal {
		warn("spec.internalTrafficPolicy: Local")
	}
	if len(s.Spec.ExternalIPs) > 0 {
		warn("spec.externalIPs")
	}
}

// portsOf are the ports of all Services that have an address, in order.
func portsOf(services []*corev1.Service, all []*discoveryv1.EndpointSlice) (found []rules.Port) {
	behind := map[client.Key][]*discoveryv1.EndpointSlice{}
	for _, each := range all {
		key := client.Key{Namespace: each.Namespace, Name: each.Labels[discoveryv1.LabelServiceName]}
		behind[key] = append(behind[key], each)
	}
	for _, s := range services {
		address, err := netip.ParseAddr(s.Spec.ClusterIP)
		if err != nil || !address.Is4() {
			continue // headless, or a name elsewhere
		}
		for _, each := range s.Spec.Ports {
			protocol, ok := protocols[each.Protocol]
			if !ok {
				continue
			}
			found = append(found, rules.Port{
				Name: strings.ToLower(strings.Join([]string{
					s.Namespace, s.Name, cmp.Or(string(each.Protocol), "tcp"), cmp.Or(each.Name, "-")}, "/")),
				Address: address, Protocol: protocol, Port: uint16(each.Port), NodePort: uint16(each.NodePort),
				Endpoints: endpointsOf(each, behind[client.KeyOf(s)]),
			})
		}
	}
	slices.SortFunc(found, func(a, b rules.Port) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// protocols are the numbers of the protocols with ports. See protocols(5).
var protocols = map[corev1.Protocol]byte{
	"": unix.IPPROTO_TCP, corev1.ProtocolTCP: unix.IPPROTO_TCP, corev1.ProtocolUDP: unix.IPPROTO_UDP, corev1.ProtocolSCTP: unix.IPPROTO_SCTP,
}

// endpointsOf are the pods behind a port that are ready. When none is, those take
// over that are on their way out and still serve: better than nobody.
func endpointsOf(p corev1.ServicePort, all []*discoveryv1.EndpointSlice) []netip.AddrPort {
	ready, leaving := map[netip.AddrPort]bool{}, map[netip.AddrPort]bool{}
	for _, slice := range all {
		number, ok := targetOf(p, slice)
		if !ok {
			continue
		}
		for _, each := range slice.Endpoints {
			for _, text := range each.Addresses {
				address, err := netip.ParseAddr(text)
				if err != nil || !address.Is4() {
					continue
				}
				to, is := netip.AddrPortFrom(address, number), each.Conditions
				switch {
				case is.Ready == nil || *is.Ready:
					ready[to] = true
				case isTrue(is.Serving) && isTrue(is.Terminating):
					leaving[to] = true
				}
			}
		}
	}
	if len(ready) == 0 {
		ready = leaving
	}
	return slices.SortedFunc(maps.Keys(ready), netip.AddrPort.Compare)
}

func isTrue(b *bool) bool { return b != nil && *b }

// targetOf is the port of a slice's pods that goes by the name of a Service's port.
func targetOf(p corev1.ServicePort, slice *discoveryv1.EndpointSlice) (uint16, bool) {
	for _, each := range slice.Ports {
		name, protocol := "", corev1.ProtocolTCP
		if each.Name != nil {
			name = *each.Name
		}
		if each.Protocol != nil {
			protocol = *each.Protocol
		}
		if name == p.Name && protocol == cmp.Or(p.Protocol, corev1.ProtocolTCP) && each.Port != nil {
			return uint16(*each.Port), true
		}
	}
	return 0, false
}
