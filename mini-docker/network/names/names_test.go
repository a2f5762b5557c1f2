package names_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/network/names"

	"github.com/miekg/dns"
)

// patience is how long a test waits for what has to come.
const patience = time.Minute

// shop is a network of three containers, of which two have an alias in common.
func shop() *names.Zone {
	web, first, second := netip.MustParseAddr("10.77.0.2"), netip.MustParseAddr("10.77.0.3"), netip.MustParseAddr("10.77.0.4")
	return &names.Zone{
		Hosts:   map[string][]netip.Addr{"web": {web}, "web.shop": {web}, "db": {first, second}},
		Names:   map[netip.Addr]string{web: "web.shop"},
		Subnets: []netip.Prefix{netip.MustParsePrefix("10.77.0.0/24")},
	}
}

// serve has a server answer on this machine's loopback, and returns where.
func serve(t *testing.T, zone *names.Zone) string {
	t.Helper()
	packets, connections := listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error)
	server := names.Server{Zone: func(client netip.Addr) (*names.Zone, error) {
		if zone == nil {
			return nil, errors.New("a stranger")
		}
		return zone, nil
	}}
	go func() { over <- server.Serve(ctx, packets, connections) }()
	t.Cleanup(func() {
		cancel()
		if err := <-over; !errors.Is(err, context.Canceled) {
			t.Errorf("the server ended with %v", err)
		}
	})
	return packets.LocalAddr().String()
}

// listen finds a port that is free for packets and for connections.
func listen(t *testing.T) (net.PacketConn, net.Listener) {
	t.Helper()
	for {
		packets, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		connections, err := net.Listen("tcp4", packets.LocalAddr().String())
		if err == nil {
			return packets, connections
		}
		packets.Close() // another program has it for connections
	}
}

// ask asks a server, and returns its answer on one line: the code, then the values.
func ask(t *testing.T, transport, server, name string, kind uint16) string {
	t.Helper()
	query := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	client := dns.Client{Net: transport, Timeout: patience}
	reply, _, err := client.Exchange(query, server)
	if err != nil {
		t.Errorf("%s %s: %v", name, dns.TypeToString[kind], err)
		return ""
	}
	values := []string{dns.RcodeToString[reply.Rcode]}
	for _, record := range reply.Answer {
		values = append(values, strings.TrimPrefix(record.String(), record.Header().String()))
	}
	return strings.Join(values, " ")
}

func TestWhatTheZoneKnowsIsAnswered(t *testing.T) {
	server := serve(t, shop())
	for _, test := range []struct {
		name string
		kind uint16
		want string
	}{
		{"web", dns.TypeA, "NOERROR 10.77.0.2"},
		{"WEB.Shop", dns.TypeA, "NOERROR 10.77.0.2"},
		{"db", dns.TypeA, "NOERROR 10.77.0.3 10.77.0.4"},
		{"web", dns.TypeAAAA, "NOERROR"},
		{"2.0.77.10.in-addr.arpa", dns.TypePTR, "NOERROR web.shop."},
		{"9.0.77.10.in-addr.arpa", dns.TypePTR, "NXDOMAIN"},
		{"1.0.0.127.in-addr.arpa", dns.TypePTR, "NXDOMAIN"}, // and nobody else to ask
		{"2.0.77.10.in-addr.arpa", dns.TypeA, "NOERROR"},
		{"x.0.77.10.in-addr.arpa", dns.TypePTR, "NXDOMAIN"},
		{"nobody", dns.TypeA, "NXDOMAIN"},
	} {
		for _, transport := range []string{"udp", "tcp"} {
			if got := ask(t, transport, server, test.name, test.kind); got != test.want {
				t.Errorf("%s %s over %s: got %q, want %q", test.name, dns.TypeToString[test.kind], transport, got, test.want)
			}
		}
	}
}

func TestWhatTheZoneDoesNotKnowIsPassedOn(t *testing.T) {
	other := shop()
	other.Hosts["example.org"] = []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	nobody, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refusing := netip.MustParseAddrPort(nobody.LocalAddr().String())
	nobody.Close()
	zone := shop()
	zone.Resolvers = []netip.AddrPort{refusing, netip.MustParseAddrPort(serve(t, other))}
	server := serve(t, zone)
	for _, transport := range []string{"udp", "tcp"} {
		if got := ask(t, transport, server, "example.org", dns.TypeA); got != "NOERROR 192.0.2.1" {
			t.Errorf("over %s: got %q, want what the second resolver says", transport, got)
		}
		if got := ask(t, transport, server, "nobody", dns.TypeA); got != "NXDOMAIN" {
			t.Errorf("over %s: got %q, want what the second resolver says", transport, got)
		}
	}
	zone.Resolvers = zone.Resolvers[:1]
	if got := ask(t, "udp", serve(t, zone), "example.org", dns.TypeA); got != "SERVFAIL" {
		t.Errorf("where none answers: got %q", got)
	}
}

func TestALongAnswerIsCutAndWholeOverAConnection(t *testing.T) {
	zone := shop()
	for i := range 100 {
		zone.Hosts["many"] = append(zone.Hosts["many"], netip.AddrFrom4([4]byte{10, 77, 1, byte(i)}))
	}
	server := serve(t, zone)
	query := new(dns.Msg).SetQuestion("many.", dns.TypeA)
	reply, _, err := (&dns.Client{Timeout: patience}).Exchange(query, server)
	if err != nil || !reply.Truncated || len(reply.Answer) == 100 {
		t.Errorf("by UDP: got %d addresses, truncated %v, %v", len(reply.Answer), reply.Truncated, err)
	}
	reply, _, err = (&dns.Client{Net: "tcp", Timeout: patience}).Exchange(query, server)
	if err != nil || len(reply.Answer) != 100 {
		t.Errorf("by TCP: got %d addresses, %v", len(reply.Answer), err)
	}
	query.SetEdns0(4096, false)
	reply, _, err = (&dns.Client{Timeout: patience}).Exchange(query, server)
	if err != nil || len(reply.Answer) != 100 {
		t.Errorf("by UDP to one who takes 4096 bytes: got %d addresses, %v", len(reply.Answer), err)
	}
}

func TestAStrangerGetsNoAnswer(t *testing.T) {
	connection, err := net.Dial("tcp4", serve(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.SetDeadline(time.Now().Add(patience))
	stranger := dns.Conn{Conn: connection}
	if err := stranger.WriteMsg(new(dns.Msg).SetQuestion("web.", dns.TypeA)); err != nil {
		t.Fatal(err)
	}
	if reply, err := stranger.ReadMsg(); err == nil {
		t.Errorf("got %v, want the end of the connection", reply)
	}
}

// What is no question is answered as such or not at all, and never the end.
func FuzzAnswer(f *testing.F) {
	question, _ := new(dns.Msg).SetQuestion("web.", dns.TypeA).Pack()
	f.Add(question)
	f.Add(question[:11])
	f.Add(slices.Repeat([]byte{0xc0}, 64))
	zone := shop()
	f.Fuzz(func(t *testing.T, raw []byte) {
		query := new(dns.Msg)
		if query.Unpack(raw) != nil {
			return
		}
		reply := zone.Answer(query)
		if reply == nil {
			return
		}
		if _, err := reply.Pack(); err != nil && len(reply.Answer) > 0 {
			t.Errorf("packing the answer to %q: %v", raw, err)
		}
	})
}

func ExampleZone_Answer() {
	query := new(dns.Msg).SetQuestion("web.", dns.TypeA)
	fmt.Println(shop().Answer(query).Answer[0].(*dns.A).A)
	// Output: 10.77.0.2
}
