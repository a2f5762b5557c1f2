package rules_test

import (
	"fmt"
	"net/netip"
	"os"
	"testing"

	"drydock/mini-docker/network/nettest"
	"drydock/mini-k8s/proxy/rules"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { nettest.Main(m) }

// own opens the network namespace of this thread.
func own(t *testing.T) *os.File {
	t.Helper()
	file, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	if got, err := rules.Read(own(t)); len(got) != 0 || err != nil {
		t.Fatalf("before: got %v and %v, want none", got, err)
	}
	at := netip.MustParseAddrPort
	ports := []rules.Port{
		{Name: "default/dns/udp/-", Address: netip.MustParseAddr("10.96.0.10"), Protocol: unix.IPPROTO_UDP, Port: 53,
			Endpoints: []netip.AddrPort{at("172.30.0.1:53")}},
		{Name: "default/nobody/tcp/-", Address: netip.MustParseAddr("10.96.0.4"), Protocol: unix.IPPROTO_TCP, Port: 80},
		{Name: "default/web/tcp/http", Address: netip.MustParseAddr("10.96.0.3"), Protocol: unix.IPPROTO_TCP, Port: 80, NodePort: 30080,
			Endpoints: []netip.AddrPort{at("10.244.1.2:8080"), at("10.244.2.2:8080"), at("10.244.10.2:8080")}},
	}
	if err := rules.Write(netip.MustParsePrefix("10.244.0.0/16"), ports); err != nil {
		t.Fatal(err)
	}
	got, err := rules.Read(own(t))
	if err != nil {
		t.Fatal(err)
	}
	want := "[{ 10.96.0.4 6 80 0 []}" +
		" {default/dns/udp/- 10.96.0.10 17 53 0 [172.30.0.1:53]}" +
		" {default/web/tcp/http 10.96.0.3 6 80 30080 [10.244.1.2:8080 10.244.2.2:8080 10.244.10.2:8080]}]"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v\nwant %s", got, want)
	}
}
