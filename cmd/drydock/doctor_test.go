package main

import (
	"strings"
	"testing"
)

func TestControllersThatAreOnButNotOurs(t *testing.T) {
	for _, f := range controllerFindings([]string{"memory", "cpu", "pids"}, false) {
		if f.OK || !strings.Contains(f.Detail, "root's alone") || f.Fix == "" {
			t.Errorf("got %+v, want it missing, with the reason and a way to get it", f)
		}
	}
	found := controllerFindings([]string{"cpu"}, true)
	if found[0].OK || !found[1].OK || found[2].OK {
		t.Errorf("got %+v, want cpu alone", found)
	}
}
