package main

import "testing"

func TestStartOpensAtAStep(t *testing.T) {
	l := newLearner(t)
	l.types("start chroot --step 4") // no sandbox is opened: this is no terminal
	l.wants("again", "chroot 4/")
	if _, errs, code := l.types("start chroot --step 99"); code == 0 || errs == "" {
		t.Errorf("step 99: got code %d and %q, want it refused", code, errs)
	}
	l.types("start")
	l.wants("progress --plain", "chroot: ")
}
