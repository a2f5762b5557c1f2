package cni

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func open(t *testing.T, dir, pods string) *leases {
	t.Helper()
	l, err := openLeases(dir, netip.MustParsePrefix(pods))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// taken is the address that a pod gets.
func taken(t *testing.T, l *leases, pod string) string {
	t.Helper()
	address, err := l.take(pod)
	if err != nil {
		t.Fatal(err)
	}
	return address.String()
}

func TestAPodKeepsItsAddress(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, "10.244.1.0/24")
	if got := taken(t, l, "a"); got != "10.244.1.2" {
		t.Errorf("got %s, want the first that is nobody's", got)
	}
	again := open(t, dir, "10.244.1.0/24")
	if got := taken(t, again, "a"); got != "10.244.1.2" {
		t.Errorf("after a restart: got %s", got)
	}
	if got := taken(t, again, "b"); got != "10.244.1.3" {
		t.Errorf("of another pod: got %s", got)
	}
}

func TestAnAddressThatIsGivenBackIsTakenLast(t *testing.T) {
	l := open(t, t.TempDir(), "10.244.1.0/29") // of which .2 to .6 are for pods
	for _, each := range []string{"a", "b", "c", "d"} {
		taken(t, l, each)
	}
	for range 2 { // the second time there is nothing to do
		if err := l.give("b"); err != nil {
			t.Fatal(err)
		}
	}
	if got := taken(t, l, "e"); got != "10.244.1.6" {
		t.Errorf("got %s, want the one that nobody had", got)
	}
	if got := taken(t, l, "f"); got != "10.244.1.3" {
		t.Errorf("got %s, want the one that was given back", got)
	}
	if _, err := l.take("g"); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
}

func TestWhatIsNoLeaseIsNobodys(t *testing.T) {
	dir := t.TempDir()
	for name, pod := range map[string]string{"10.244.1.2": "", "10.244.9.3": "of another range", "notes": "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(pod), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := open(t, dir, "10.244.1.0/24")
	if got := taken(t, l, "a"); len(l.owners) != 1 || got != "10.244.1.2" {
		t.Errorf("got %s, owners %v; want the one of a power cut, alone", got, l.owners)
	}
}

func TestRoutesLeadToOtherNodesOnly(t *testing.T) {
	node := func(pods string, addresses ...corev1.NodeAddress) *corev1.Node {
		return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: pods}, Spec: corev1.NodeSpec{PodCIDR: pods}, Status: corev1.NodeStatus{Addresses: addresses}}
	}
	internal := func(a string) corev1.NodeAddress { return corev1.NodeAddress{Type: corev1.NodeInternalIP, Address: a} }
	n := &Network{config: Config{Pods: netip.MustParsePrefix("10.244.1.0/24")}}
	got := n.wanted([]*corev1.Node{
		node("10.244.1.0/24", internal("172.30.0.2")),
		node("10.244.2.0/24", corev1.NodeAddress{Type: corev1.NodeHostName, Address: "192.0.2.1"}, internal("172.30.0.3")),
		node("10.244.3.0/24"), // of which nothing is known yet
		node("", internal("172.30.0.5")),
	})
	if to := got[netip.MustParsePrefix("10.244.2.0/24")]; len(got) != 1 || to.String() != "172.30.0.3" {
		t.Errorf("got %v, want the way to the other node that has pods and an address", got)
	}
}

func TestInterfacesOfPodsFitTheKernel(t *testing.T) {
	one, other := interfaceOf("0b8c5a0e-2c1f-4e8e-9a57-1d0a8f1f1e01"), interfaceOf("0b8c5a0e-2c1f-4e8e-9a57-1d0a8f1f1e02")
	if one == other || len(one) > 15 {
		t.Errorf("got %s and %s, want two names of at most 15 bytes", one, other)
	}
}
