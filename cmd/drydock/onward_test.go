package main

import (
	"testing"
	"time"

	"drydock/labs/progress"
	"drydock/lessons"
)

func TestStartGoesOnWhereTheLearnerWas(t *testing.T) {
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	var s progress.State
	check := func(when, want string) {
		t.Helper()
		if got := onward(all, &s); got != want {
			t.Errorf("%s: got %s, want %s", when, got, want)
		}
	}
	check("never before", "tour")
	s.Open("chroot", 4, time.Now())
	check("in the middle", "chroot")
	counts := all[1].BeatCounts()
	s.Open("chroot", len(counts), time.Now())
	s.Lesson("chroot").Beat = counts[len(counts)-1] - 1
	check("at the end", "mounts")
	s.Open("gone", 1, time.Now())
	check("in a lesson that is no more", "tour")
}

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
