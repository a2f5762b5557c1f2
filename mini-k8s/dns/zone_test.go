package dns

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func service(name string, spec corev1.ServiceSpec) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: spec}
}

// slice is of pods at some addresses behind a Service, of which the last is not
// ready.
func slice(of string, addresses ...string) *discoveryv1.EndpointSlice {
	name, number, protocol, no := "http", int32(8080), corev1.ProtocolTCP, false
	s := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: of + "-x", Labels: map[string]string{discoveryv1.LabelServiceName: of}},
		Ports:      []discoveryv1.EndpointPort{{Name: &name, Port: &number, Protocol: &protocol}},
	}
	for _, each := range addresses {
		s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{each}})
	}
	s.Endpoints[len(addresses)-1].Conditions.Ready = &no
	return s
}

// server knows of a Service of each kind.
func server(upstreams ...string) *Server {
	named := "named"
	group := slice("group", "10.244.1.2", "10.244.1.3", "10.244.1.4")
	group.Endpoints[1].Hostname = &named
	ports := []corev1.ServicePort{{Name: "http", Port: 80}}
	s := New(Config{Domain: "cluster.local", Upstreams: upstreams})
	s.zone.Store(newZone("cluster.local", []*corev1.Service{
		service("web", corev1.ServiceSpec{ClusterIP: "10.96.0.1", Ports: append(ports, corev1.ServicePort{Port: 81})}),
		service("group", corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, Ports: ports}),
		service("all", corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, PublishNotReadyAddresses: true}),
		service("none", corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone}),
		service("pending", corev1.ServiceSpec{}),
		service("alias", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "Web.default.svc.cluster.local"}),
		service("loop", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "loop.default.svc.cluster.local"}),
		service("away", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "example.org"}),
	}, []*discoveryv1.EndpointSlice{group, slice("all", "10.244.2.9")}))
	return s
}

// answer is what comes back for a name below the cluster's domain, in order.
func answer(s *Server, name string, kind uint16) string {
	question := new(dns.Msg)
	question.SetQuestion(name, kind)
	got := s.answer(question)
	var lines []string
	for _, each := range got.Answer {
		text := strings.TrimPrefix(each.String(), each.Header().String())
		if each.Header().Name != name {
			text = each.Header().Name + " " + text
		}
		lines = append(lines, text)
	}
	slices.Sort(lines)
	if got.Rcode != dns.RcodeSuccess {
		lines = append(lines, dns.RcodeToString[got.Rcode])
	}
	if len(got.Answer) == 0 && len(got.Ns) != 0 {
		lines = append(lines, "SOA")
	}
	return strings.Join(lines, ", ")
}

// The cases of https://github.com/kubernetes/dns, docs/specification.md.
func TestNamesOfAClusterAreAnswered(t *testing.T) {
	s := server()
	const below = ".default.svc.cluster.local."
	for _, test := range []struct {
		name string
		kind uint16
		want string
	}{
		{"dns-version.cluster.local.", dns.TypeTXT, `"1.1.0"`},
		{"web" + below, dns.TypeA, "10.96.0.1"},
		{"WEB" + below, dns.TypeA, "10.96.0.1"},
		{"web" + below, dns.TypeAAAA, "SOA"},
		{"default.svc.cluster.local.", dns.TypeA, "SOA"},
		{"svc.cluster.local.", dns.TypeA, "SOA"},
		{"other" + below, dns.TypeA, "NXDOMAIN, SOA"},
		{"web.other.svc.cluster.local.", dns.TypeA, "NXDOMAIN, SOA"},
		{"pending" + below, dns.TypeA, "NXDOMAIN, SOA"},
		{"1.0.96.10.in-addr.arpa.", dns.TypePTR, "web" + below},
		{"_http._tcp.web" + below, dns.TypeSRV, "0 100 80 web" + below},
		{"_http._udp.web" + below, dns.TypeSRV, "NXDOMAIN, SOA"},
		{"group" + below, dns.TypeA, "10.244.1.2, 10.244.1.3"},
		{"10-244-1-2.group" + below, dns.TypeA, "10.244.1.2"},
		{"named.group" + below, dns.TypeA, "10.244.1.3"},
		{"3.1.244.10.in-addr.arpa.", dns.TypePTR, "named.group" + below},
		{"_http._tcp.group" + below, dns.TypeSRV, "0 100 8080 10-244-1-2.group" + below + ", 0 100 8080 named.group" + below},
		{"all" + below, dns.TypeA, "10.244.2.9"},
		{"none" + below, dns.TypeA, "NXDOMAIN, SOA"},
		{"alias" + below, dns.TypeCNAME, "Web" + below},
		{"alias" + below, dns.TypeA, "Web" + below + ", web" + below + " 10.96.0.1"},
		{"loop" + below, dns.TypeA, "loop" + below},
		{"away" + below, dns.TypeA, "example.org."},
		{"example.org.", dns.TypeA, "REFUSED"},
	} {
		t.Run(fmt.Sprint(test.name, dns.TypeToString[test.kind]), func(t *testing.T) {
			if got := answer(s, test.name, test.kind); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// listenBoth listens at one port of loopback for both protocols.
func listenBoth(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	const attempts = 100 // what is free for one may be somebody's for the other
	var err error
	for range attempts {
		var listener net.Listener
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			continue
		}
		var packets net.PacketConn
		if packets, err = net.ListenPacket("udp", listener.Addr().String()); err == nil {
			return packets, listener
		}
		listener.Close()
	}
	t.Fatal(err)
	return nil, nil
}

// start has a handler answer at a port of loopback, by both protocols.
func start(t *testing.T, h dns.Handler) string {
	t.Helper()
	packets, listener := listenBoth(t)
	for _, each := range []*dns.Server{{PacketConn: packets, Handler: h}, {Listener: listener, Handler: h}} {
		started, ended := make(chan struct{}), make(chan error, 1)
		each.NotifyStartedFunc = func() { close(started) }
		go func() { ended <- each.ActivateAndServe() }()
		<-started
		t.Cleanup(func() {
			if err := each.Shutdown(); err != nil {
				t.Error(err)
			}
			<-ended
		})
	}
	return packets.LocalAddr().String()
}

func TestOtherNamesAreAskedOfOthers(t *testing.T) {
	upstream := start(t, dns.HandlerFunc(func(w dns.ResponseWriter, question *dns.Msg) {
		reply := new(dns.Msg)
		reply.SetReply(question)
		name := question.Question[0].Name
		reply.Answer = []dns.RR{&dns.A{Hdr: header(name, dns.TypeA), A: netip.MustParseAddr("192.0.2.1").AsSlice()}}
		if name == "long.org." && w.LocalAddr().Network() == "udp" {
			reply.Answer, reply.Truncated = nil, true
		}
		_ = w.WriteMsg(reply) // the test shows whether it came
	}))
	s := server("127.0.0.1:1", upstream) // nobody is at the first
	for _, name := range []string{"example.org.", "long.org."} {
		if got := answer(s, name, dns.TypeA); got != "192.0.2.1" {
			t.Errorf("%s: got %q, want what the upstream server says", name, got)
		}
	}
	if got := answer(s, "away.default.svc.cluster.local.", dns.TypeA); got != "example.org., example.org. 192.0.2.1" {
		t.Errorf("got %q, want the alias and what is behind it", got)
	}
	if got := answer(server("127.0.0.1:1"), "example.org.", dns.TypeA); got != "SERVFAIL" {
		t.Errorf("without any that answers: got %q, want SERVFAIL", got)
	}
}

func TestWhatIsTooLongForAPacketIsCutAndSaidToBe(t *testing.T) {
	var addresses []string
	for i := range 100 {
		addresses = append(addresses, fmt.Sprint("10.244.3.", i))
	}
	s := New(Config{Domain: "cluster.local"})
	s.zone.Store(newZone("cluster.local", []*corev1.Service{service("many", corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, PublishNotReadyAddresses: true})},
		[]*discoveryv1.EndpointSlice{slice("many", addresses...)}))
	address := start(t, s)
	question := new(dns.Msg)
	question.SetQuestion("many.default.svc.cluster.local.", dns.TypeA)
	for protocol, whole := range map[string]bool{"udp": false, "tcp": true} {
		got, _, err := (&dns.Client{Net: protocol}).Exchange(question, address)
		if err != nil {
			t.Fatal(err)
		}
		if got.Truncated == whole || (len(got.Answer) == len(addresses)) != whole {
			t.Errorf("%s: got %d addresses, truncated: %v", protocol, len(got.Answer), got.Truncated)
		}
	}
}

func TestWhatIsNoQuestionIsRefused(t *testing.T) {
	address := start(t, server())
	two := new(dns.Msg)
	two.SetQuestion("web.default.svc.cluster.local.", dns.TypeA)
	update := two.Copy()
	two.Question = append(two.Question, two.Question[0])
	update.Opcode = dns.OpcodeUpdate
	for name, question := range map[string]*dns.Msg{"two questions": two, "an update": update} {
		got, err := dns.Exchange(question, address)
		if err != nil || got.Rcode == dns.RcodeSuccess {
			t.Errorf("%s: got %v, %v; want an error's code", name, got, err)
		}
	}
}
