package builder

import (
	"strings"
	"testing"
)

// The machine's own network is the caller's to give, not the Dockerfile's to take.
func TestTheHostsNetworkNeedsTheCallersPermission(t *testing.T) {
	p := newPlace(t, nil)
	const allowed = "RUN needs files to run" // what comes next
	for _, test := range []struct {
		run     string
		network string
		allow   bool
		want    string
	}{
		{"--network=host", "", false, "RUN --network=host is not allowed"},
		{"--network=host", "none", false, "RUN --network=host is not allowed"},
		{"--network=host", "", true, allowed},
		{"--network=host", "none", true, allowed},
		{"--network=host", "host", false, allowed},
		{"--network=default", "host", false, allowed},
		{"--network=none", "", false, allowed},
		{"", "host", false, allowed},
	} {
		_, err := p.build(t, "FROM scratch; RUN "+test.run+" true", func(o *Options) { o.Network, o.AllowHostNetwork = test.network, test.allow })
		if err == nil || !strings.HasPrefix(err.Error(), "Dockerfile:2: "+test.want) {
			t.Errorf("%+v: got %v", test, err)
		}
	}
}
