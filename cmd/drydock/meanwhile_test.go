package main

import (
	"context"
	"testing"
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
