package main

import (
	"context"
	"maps"
	"os"
	"slices"
	"testing"

	"drydock/labs/session"
	"drydock/labs/world"
)

func TestTheBuildBesideTheReadingTellsHowItEnded(t *testing.T) {
	for command, good := range map[string]bool{"true": true, "false": false} {
		if err := (&tutor{meanwhile: []string{"mini-k8s=" + command}}).build(t.Context())["mini-k8s"](); (err == nil) != good {
			t.Errorf("%s: got %v", command, err)
		}
	}
	if all := (&tutor{}).build(t.Context()); len(all) != 0 {
		t.Error("there is something to wait for without a build")
	}
	ctx, leave := context.WithCancel(t.Context())
	all := (&tutor{meanwhile: []string{"mini-docker=sleep 1000", "mini-k8s=true"}}).build(ctx)
	leave()
	if all["mini-docker"]() == nil || all["mini-k8s"]() == nil {
		t.Error("a build that was called off counts as done")
	}
}

// The engine's build comes before that of the cluster, and each is told by itself.
func TestBuildsFollowOneAnother(t *testing.T) {
	dir := t.TempDir()
	all := (&tutor{meanwhile: []string{"mini-docker=: >" + dir + "/engine", "mini-k8s=test -e " + dir + "/engine"}}).build(t.Context())
	if err := all["mini-k8s"](); err != nil {
		t.Errorf("the second began before the first had ended: %v", err)
	}
	if err := all["mini-docker"](); err != nil {
		t.Error(err)
	}
}

// A sandbox begins without what it can have only later, or not at all.
func TestARoomBeginsWithWhatIsThere(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	there := world.Machine{MiniK8s: os.DevNull}
	for _, test := range []struct {
		name           string
		machine        world.Machine
		meanwhile      []string
		asked          bool
		cluster, later bool
		awaits         []string
	}{
		{name: "it is there", machine: there, asked: true, cluster: true},
		{name: "it is being built", machine: there, meanwhile: []string{"mini-k8s=true"}, asked: true, awaits: []string{"mini-k8s"}},
		{name: "it is missing", asked: true},
		{name: "nobody asks", machine: there, meanwhile: []string{"mini-k8s=true"}},
		{
			name: "the engine, too", meanwhile: []string{"mini-docker=true", "mini-k8s=true"}, asked: true,
			later: true, awaits: []string{"mini-docker", "mini-k8s"},
		},
		{
			name: "the engine, and nobody asks for a cluster", meanwhile: []string{"mini-docker=true", "mini-k8s=true"},
			later: true, awaits: []string{"mini-docker"},
		},
	} {
		room := &session.Room{Cluster: test.asked}
		all := (&tutor{meanwhile: test.meanwhile, out: null, err: null}).buildFor(t.Context(), test.machine, room)
		if awaits := slices.Sorted(maps.Keys(all)); room.Cluster != test.cluster || room.EngineLater != test.later || !slices.Equal(awaits, test.awaits) {
			t.Errorf("%s: begins with a cluster: %t, its engine later: %t, awaits %v", test.name, room.Cluster, room.EngineLater, awaits)
		}
	}
}
