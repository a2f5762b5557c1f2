package exam

import (
	"errors"
	"strings"
	"testing"
	"time"

	"drydock/labs"
	"drydock/labs/progress"
)

// begin is an exam of a built-in fix lab, with a store of its own.
func begin(t *testing.T, rules Rules) (*Exam, *progress.Store, labs.Lab) {
	t.Helper()
	all, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	which, err := Pick(all, []string{"processes"})
	if err != nil || len(which) != 1 {
		t.Fatalf("the fix labs of lesson processes: got %v, %v", which, err)
	}
	store := progress.Open(t.TempDir(), func(line string) { t.Log(line) })
	rules.Now = time.Now
	e, err := Begin(store, which, rules)
	if err != nil {
		t.Fatal(err)
	}
	return e, store, which[0]
}

func onRecord(t *testing.T, store *progress.Store) progress.Exam {
	t.Helper()
	state, err := store.Load()
	if err != nil || len(state.Exams) != 1 {
		t.Fatalf("on record: got %+v, %v; want one exam", state.Exams, err)
	}
	return state.Exams[0]
}

// Whoever kills the program cannot take back what is on record.
func TestEachMomentIsOnRecord(t *testing.T) {
	e, store, l := begin(t, Rules{Seed: 3})
	if got := onRecord(t, store); !got.Open || got.Seed != 3 || got.Results[0].Fault != "" {
		t.Errorf("when it has begun: got %+v", got)
	}
	if err := e.Open(0); err != nil {
		t.Fatal(err)
	}
	if got := onRecord(t, store).Results[0]; got.Fault != l.Fault(3).Name {
		t.Errorf("when the fault is seen: got %+v", got)
	}
	for _, said := range []string{"nothing is wrong", l.Fault(3).Answers[0]} {
		if _, err := e.Answer(0, said); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(e.Checked(0), e.Checked(0)); err != nil {
		t.Fatal(err)
	}
	got := onRecord(t, store).Results[0]
	if len(got.Told) != 2 || got.Told[0].Right || !got.Told[1].Right || !got.Cause || got.Checks != 2 || !e.Known(0) {
		t.Errorf("after two answers and two checks: got %+v", got)
	}
	if err := errors.Join(e.Close(0, true), e.End()); err != nil {
		t.Fatal(err)
	}
	if got := onRecord(t, store); got.Open || !got.Results[0].Solved() {
		t.Errorf("when it was handed in: got %+v", got)
	}
}

func TestOneExamAtATime(t *testing.T) {
	e, store, l := begin(t, Rules{Seed: 3})
	if _, err := Begin(store, []labs.Lab{l}, Rules{Now: time.Now}); !errors.Is(err, ErrUnderWay) || !UnderWay(store) {
		t.Errorf("a second: got %v, under way: %v", err, UnderWay(store))
	}
	if err := e.End(); err != nil || UnderWay(store) {
		t.Errorf("after its end: got %v, under way: %v", err, UnderWay(store))
	}
}

func TestAnExamHasALength(t *testing.T) {
	for _, minutes := range []int{-1, MostMinutes + 1, 99999999999} {
		if _, err := Begin(progress.Open(t.TempDir(), nil), nil, Rules{Minutes: minutes, Now: time.Now}); err == nil ||
			!strings.Contains(err.Error(), "want 1 to 1440") {
			t.Errorf("%d minutes: got %v", minutes, err)
		}
	}
}
