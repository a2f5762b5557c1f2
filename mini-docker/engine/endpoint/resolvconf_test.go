package endpoint

import (
	"strings"
	"testing"

	"drydock/mini-docker/engine/container"
)

func TestADotIsNoSearchDomain(t *testing.T) {
	for domain, want := range map[string]string{".": "", "example.com": "search example.com\n"} {
		c := &container.Container{HostConfig: container.HostConfig{DNS: []string{"10.0.0.53"}, DNSSearch: []string{domain}}}
		got := string(resolvConf(c, "172.20.0.1"))
		if !strings.HasPrefix(got, "nameserver 172.20.0.1\nnameserver 10.0.0.53\n"+want) || strings.Contains(got, "search") != (want != "") {
			t.Errorf("%s: got %q", domain, got)
		}
	}
}
