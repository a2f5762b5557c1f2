package drawing

import (
	"testing"

	"drydock/labs/see"
	"drydock/testscripts/facts"
)

func TestADevNullIsNoMask(t *testing.T) {
	at := func(target string) see.Mount {
		return see.Mount{Mount: facts.Mount{Type: "devtmpfs", Root: "/null", Target: target}}
	}
	pl := planner{Scene: see.Scene{Mounts: []see.MountNamespace{{
		Namespace: 1, Mounts: []see.Mount{at("/dev/null"), at("/room/dev/null"), at("/proc/keys")},
	}}}}
	got := map[string]string{}
	for _, r := range pl.mounts(1) {
		got[r.label] = r.text
	}
	if got["binds"] != "/dev/null, /room/dev/null" || got["masked"] != "/proc/keys" {
		t.Errorf("got %q, want the devices of both roots as binds", got)
	}
}
