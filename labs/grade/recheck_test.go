package grade

import (
	"context"
	"errors"
	"strings"
	"testing"

	"drydock/labs"
	"drydock/labs/tree"
	"drydock/testscripts"
)

// What was passed once is looked at as it is now: code that is gone, or no longer
// right, passes no more, and no lab that was never begun is looked at.
func TestABuildLabIsCheckedAgainAsItIsNow(t *testing.T) {
	all := []labs.Lab{{ID: "a/right", Kind: labs.Build}, {ID: "a/wrong", Kind: labs.Build}, {ID: "a/gone", Kind: labs.Build}}
	report := func() *LearnerReport {
		return &LearnerReport{Lessons: []LessonReport{{Labs: []LabReport{
			{Lab: "a/right", Kind: labs.Build, Status: "passed"}, {Lab: "a/wrong", Kind: labs.Build, Status: "started"},
			{Lab: "a/gone", Kind: labs.Build, Status: "passed"}, {Lab: "a/new", Kind: labs.Build}, {Lab: "a/do", Kind: labs.Do, Status: "passed"},
		}}}}
	}
	r := report()
	err := r.Again(t.Context(), all, func(_ context.Context, l labs.Lab) (bool, []testscripts.Report, error) {
		switch l.ID {
		case "a/right":
			return true, nil, nil
		case "a/gone":
			return false, nil, &tree.UnknownLabError{Lab: l.ID}
		}
		return false, []testscripts.Report{{Checks: []testscripts.Check{
			{Title: "First", Reached: true, OK: true}, {Title: "Second", Reached: true, Found: "2", Expected: "1"}, {Title: "Third"},
		}}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	of := r.Lessons[0].Labs
	for n, want := range []*Recheck{{Passed: true}, {Found: "Second: found 2, expected 1"}, {Found: (&tree.UnknownLabError{Lab: "a/gone"}).Error()}, nil, nil} {
		if got := of[n].Recheck; (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%s: got %+v, want %+v", of[n].Lab, got, want)
		}
	}
	err = report().Again(t.Context(), all, func(context.Context, labs.Lab) (bool, []testscripts.Report, error) {
		return false, nil, errors.New("the disk is full")
	})
	if err == nil || !strings.Contains(err.Error(), "a/right again: the disk is full") {
		t.Errorf("trouble of the machine: got %v", err)
	}
}
