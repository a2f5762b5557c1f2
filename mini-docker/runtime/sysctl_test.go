package runtime_test

import (
	"testing"

	"drydock/mini-docker/runtime"
)

func TestSettingsOfAnInterfaceAreTold(t *testing.T) {
	for name, want := range map[string]string{
		"net.ipv4.conf.eth0.forwarding":        "net/ipv4/conf/eth0/forwarding",
		"net/ipv6/neigh/eth0.1/gc_stale_time":  "net/ipv6/neigh/eth0.1/gc_stale_time",
		"net.ipv6.conf.eth0/1.disable_ipv6":    "net/ipv6/conf/eth0.1/disable_ipv6",
		"net.ipv4.conf.all.forwarding":         "",
		"net.ipv4.conf.default.rp_filter":      "",
		"net.ipv6.conf.lo.disable_ipv6":        "",
		"net.ipv4.ip_forward":                  "",
		"net.ipv4.conf.eth0":                   "",
		"kernel.conf.conf.eth0.x":              "",
		"net.ipv4.conf.eth0/../..forwarding.x": "",
	} {
		if got := runtime.InterfaceSysctl(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
