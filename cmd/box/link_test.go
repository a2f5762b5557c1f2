package main

import (
	"os/exec"
	"strings"
	"testing"
)

// What there is to see where iproute2 is not at hand: a loopback interface.
func TestIPShowsTheLoopbackInterface(t *testing.T) {
	const head = "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN "
	const tail = "link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n"
	for args, want := range map[string]string{
		"-o link":        head + "mode DEFAULT group default qlen 1000\\    " + tail,
		"l sh lo":        head + "mode DEFAULT group default qlen 1000\n    " + tail,
		"-4 a":           head + "group default qlen 1000\n    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n",
		"-o -4 addr":     "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n",
		"-br -4 -c addr": "lo               UNKNOWN        127.0.0.1/8 \n",
		"route":          "",
	} {
		if got := isolated(t, "ip link set lo up; ip "+args); got != want {
			t.Errorf("ip %s printed\n%s\nwant\n%s", args, got, want)
		}
	}
}

// Where iproute2 is installed, it says what is right.
func TestIPPrintsAsIproute2(t *testing.T) {
	ip, err := exec.LookPath("ip")
	if err != nil {
		t.Skip("iproute2 is not installed")
	}
	const setup = `
i() { IP "$@" || exit 9; }
i link set lo up
i link add v0 type veth peer name v1
i link add br0 type bridge
i link set v1 master br0
unshare -n sleep 60 & p=$!
while test "$(readlink /proc/$p/ns/net)" = "$(readlink /proc/$$/ns/net)"; do :; done
i link add v2 type veth peer name v3 netns $p
for d in v0 v1 v2; do i link set $d up; done
i addr add 10.1.2.3/24 brd + dev v0
i addr add 10.1.2.4/24 dev v0
i addr add 10.5.0.1 peer 10.5.0.2/32 dev v2 valid_lft 5000 preferred_lft 4000
i -6 addr add fd00::2/64 dev v0 nodad
i route add default via 10.1.2.1
i route add 10.9.0.0/16 dev v0 metric 5
i route add 10.10.0.0/16 via 10.1.2.7 src 10.1.2.3
i route add 10.11.0.1 via 10.1.2.77 dev v0 onlink
i route add blackhole 10.12.0.0/16 proto static
i -6 route add default via fd00::1
n=0 # the kernel makes these when it has noticed that the link is up
while test $n -lt 999 && ! { IP -6 addr show dev v0 | grep -q fe80 && IP -6 addr show dev v1 | grep -q fe80; }; do n=$((n+1)); done
while IP -6 addr | grep -q tentative; do :; done
`
	forms := []string{
		"a", "link", "-o link", "-o addr", "-br a", "-br link", "-4 -o a", "-6 addr", "-4 a", "-br -4 a", "link show v0", "addr show dev v2",
		"route", "r s dev v0", "-6 route", "-o r", "-4 r l",
	}
	var asks strings.Builder
	for _, form := range forms {
		asks.WriteString("echo '### " + form + "'; COMMAND " + form + " | sed 's/[0-9]*sec/sec/g'\n")
	}
	both := func(command string) string { return strings.ReplaceAll(asks.String(), "COMMAND", command) }
	got := isolated(t, strings.ReplaceAll(setup, "IP", ip)+both("ip")+"echo '#### iproute2'\n"+both(ip)+"kill $p\n")
	ours, theirs, ok := strings.Cut(got, "#### iproute2\n")
	if !ok {
		t.Skipf("this machine makes no such interfaces: %s", got)
	}
	a, b := strings.Split(ours, "\n### "), strings.Split(theirs, "\n### ")
	for i := range b {
		if i < len(a) && a[i] != b[i] {
			t.Errorf("box prints\n%s\niproute2 prints\n%s", a[i], b[i])
		}
	}
}
