package main

import (
	"context"
	"os"
	"testing"

	"drydock/labs/session"
	"drydock/labs/world"
)

func TestTheBuildBesideTheReadingTellsHowItEnded(t *testing.T) {
	for command, good := range map[string]bool{"true": true, "false": false} {
		if err := (&tutor{meanwhile: command}).build(t.Context())(); (err == nil) != good {
			t.Errorf("%s: got %v", command, err)
		}
	}
	if (&tutor{}).build(t.Context()) != nil {
		t.Error("there is something to wait for without a build")
	}
	ctx, leave := context.WithCancel(t.Context())
	wait := (&tutor{meanwhile: "sleep 1000"}).build(ctx)
	leave()
	if wait() == nil {
		t.Error("a build that was called off counts as done")
	}
}

// A sandbox begins without the cluster that it can have only later, or not at all.
func TestARoomBeginsWithTheClusterOnlyIfItIsThere(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	there := world.Machine{MiniK8s: os.DevNull}
	for _, test := range []struct {
		name            string
		machine         world.Machine
		meanwhile       string
		asked           bool
		cluster, awaits bool
	}{
		{"it is there", there, "", true, true, false},
		{"it is being built", there, "true", true, false, true},
		{"it is missing", world.Machine{}, "", true, false, false},
		{"nobody asks", there, "true", false, false, false},
	} {
		room := &session.Room{Cluster: test.asked}
		wait := (&tutor{meanwhile: test.meanwhile, out: null, err: null}).buildFor(t.Context(), test.machine, room)
		if room.Cluster != test.cluster || (wait != nil) != test.awaits {
			t.Errorf("%s: begins with a cluster: %t, waits: %t", test.name, room.Cluster, wait != nil)
		}
	}
}
