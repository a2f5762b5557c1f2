package progress

import (
	"slices"
	"testing"
	"time"
)

func TestALearnerKeepsTheirFault(t *testing.T) {
	var s State
	if got := s.Given("a", "a/x", 11); got != 11 {
		t.Errorf("the first time: got %d, want what is fresh", got)
	}
	if got := s.Given("b", "b/y", 99); got != 11 {
		t.Errorf("another lab: got %d, want the learner's own 11", got)
	}
	lab := s.Lesson("a").Lab("a/x")
	lab.Give(7) // told to the class
	lab.Fault.Say("it is stopped", true, false, time.Now())
	if got := s.Given("a", "a/x", 99); got != 7 {
		t.Errorf("after a seed was named: got %d, want 7", got)
	}
	lab.Give(7)
	if !lab.Fault.Known {
		t.Error("starting the same fault again forgets what was said")
	}
	lab.Give(8)
	if lab.Fault.Known || lab.Status != Started {
		t.Errorf("what was said of one fault counts for another: %+v", lab)
	}
}

func TestEachFaultIsKeptWithWhatCameOfIt(t *testing.T) {
	at := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	var s State
	lab := s.Lesson("a").Lab("a/x")
	lab.Give(7)
	lab.Give(8) // 7 was not even looked at
	lab.Fault.Say("no idea", false, false, at)
	lab.Give(9)
	lab.Fault.Say("it is stopped", true, false, at)
	lab.Pass(at)
	lab.Give(10)
	s.Sit(Exam{At: at, Seed: 5, Results: []ExamResult{{Lab: "a/x", Cause: true, Repaired: true}}}, at.Add(1))
	s.Sit(Exam{At: at, Seed: 5, Results: []ExamResult{{Lab: "a/x", Cause: true, Repaired: true}}}, at.Add(2))
	var seeds []uint64
	for _, f := range lab.Faults() {
		seeds = append(seeds, f.Seed)
	}
	if want := []uint64{9, 5, 8, 10}; !slices.Equal(seeds, want) {
		t.Errorf("got the faults of %v, want %v: passed, solved in an exam, tried, open", seeds, want)
	}
	if lab.Fault.Known || !lab.Fault.PassedAt.IsZero() || !lab.PassedAt.Equal(at) {
		t.Errorf("the open one: got %+v", lab.Fault)
	}
	lab.Give(9)
	if !lab.Fault.Known || lab.Fault.PassedAt.IsZero() || len(lab.Earlier) != 2 {
		t.Errorf("taken up again: got %+v, and earlier %+v", lab.Fault, lab.Earlier)
	}
}

func TestSolutionFirst(t *testing.T) {
	passed := time.Now()
	for name, test := range map[string]struct {
		lab  Lab
		want bool
	}{
		"never seen":      {Lab{Status: Passed, PassedAt: passed}, false},
		"seen before":     {Lab{Status: Passed, PassedAt: passed, SolutionSeen: true, SolutionAt: passed.Add(-1)}, true},
		"seen afterwards": {Lab{Status: Passed, PassedAt: passed, SolutionSeen: true, SolutionAt: passed.Add(1)}, false},
		"not passed":      {Lab{Status: Started, SolutionSeen: true, SolutionAt: passed}, true},
	} {
		if got := test.lab.SolutionFirst(); got != test.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestHintsBeginAnewWithAnotherFault(t *testing.T) {
	l := &Lab{}
	l.Give(1)
	l.ShowHint()
	l.ShowHint()
	if l.Give(2); l.Hinted() != 0 || l.HintsShown != 2 {
		t.Errorf("a new fault: got %d shown of it, %d in all, want 0 and 2", l.Hinted(), l.HintsShown)
	}
	l.ShowHint()
	if l.Give(1); l.Hinted() != 2 {
		t.Errorf("the first fault again: got %d shown of it, want 2", l.Hinted())
	}
	do := &Lab{}
	if do.ShowHint(); do.Hinted() != 1 {
		t.Errorf("a lab without faults: got %d, want 1", do.Hinted())
	}
}
