// Package exam is an exam: several faults of fix labs in a row, against the clock
// or without one, of which everything is on record from the first moment on.
//
//	e, err := exam.Begin(store, which, exam.Rules{Seed: 7, Minutes: 30, Now: time.Now})
//	defer e.End()
//	for n := range which {
//		e.Open(n)               // the sandbox with the fault is there
//		right, err := e.Answer(n, "courier is stopped")
//		e.Close(n, repaired)
//	}
//
// An exam whose process is killed stays on record as one that was not handed in.
// While it lasts, UnderWay says so to every other drydock of the learner, which is
// to give no help then.
//
// The package opens no sandbox and prints nothing: whoever holds the exam does.
package exam

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"drydock/labs"
	"drydock/labs/progress"
)

// MostMinutes is how long an exam may last.
const MostMinutes = 24 * 60

// Rules say what an exam is like.
type Rules struct {
	Seed    uint64 // which faults it has
	Minutes int    // allowed; 0: no clock
	Now     func() time.Time
}

// Exam is one that is under way. Its methods may be called at once: answers come
// from inside a sandbox, while somebody outside waits for its end. Their errors say
// that something could not be put on record.
type Exam struct {
	store   *progress.Store
	now     func() time.Time
	labs    []labs.Lab
	release func() error

	mu     sync.Mutex
	record progress.Exam
	begun  time.Time // when the fault that is open was opened
}

// Begin puts an exam on record, so that it leaves a trace whatever happens next. The
// error may be ErrUnderWay.
func Begin(store *progress.Store, which []labs.Lab, rules Rules) (*Exam, error) {
	if rules.Minutes < 0 || rules.Minutes > MostMinutes {
		return nil, fmt.Errorf("an exam of %d minutes: want 1 to %d", rules.Minutes, MostMinutes)
	}
	release, err := hold(store)
	if err != nil {
		return nil, err
	}
	e := &Exam{store: store, now: rules.Now, labs: which, release: release}
	e.record = progress.Exam{At: rules.Now(), Seed: rules.Seed, Minutes: rules.Minutes, Open: true}
	for _, l := range which {
		e.record.Results = append(e.record.Results, progress.ExamResult{Lab: l.ID})
	}
	if err := e.note(func() {}); err != nil {
		return nil, errors.Join(fmt.Errorf("an exam that cannot be put on record is none: %w", err), release())
	}
	return e, nil
}

// Open notes that the learner sees a fault from now on.
func (e *Exam) Open(n int) error {
	return e.note(func() {
		e.begun = e.now()
		e.record.Results[n].Fault = e.labs[n].Fault(e.record.Seed).Name
	})
}

// Answer judges what the learner says that the cause is, and notes what they said.
func (e *Exam) Answer(n int, said string) (right bool, err error) {
	l := e.labs[n]
	right = l.Fault(e.record.Seed).Judge(said, l.Faults).Right
	return right, e.note(func() {
		r := &e.record.Results[n]
		r.Cause = r.Cause || right
		r.Told = append(r.Told, progress.Told{Text: said, Right: right, At: e.now()})
	})
}

// Checked notes that the learner has looked whether a fault is repaired.
func (e *Exam) Checked(n int) error {
	return e.note(func() { e.record.Results[n].Checks++ })
}

// Close notes what became of a fault that was open.
func (e *Exam) Close(n int, repaired bool) error {
	return e.note(func() {
		e.record.Results[n].Repaired = repaired
		e.record.Results[n].Seconds = e.now().Sub(e.begun).Seconds()
	})
}

// End notes that the exam was handed in, and lets others give help again.
func (e *Exam) End() error {
	return errors.Join(e.note(func() { e.record.Open = false }), e.release())
}

// Known tells whether the cause of a fault was said.
func (e *Exam) Known(n int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.record.Results[n].Cause
}

// Record is what is on record by now.
func (e *Exam) Record() progress.Exam {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := e.record
	r.Results = slices.Clone(r.Results)
	return r
}

// note changes the record and stores it.
func (e *Exam) note(change func()) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	change()
	return e.store.Update(func(s *progress.State) { s.Sit(e.record, e.now()) })
}

// Pick returns the fix labs among all that the ids name, each once: an id is that of
// a lab or of a lesson. Without any it returns all.
func Pick(all []labs.Lab, ids []string) ([]labs.Lab, error) {
	all = slices.DeleteFunc(slices.Clone(all), func(l labs.Lab) bool { return l.Kind != labs.Fix })
	if len(ids) == 0 {
		return all, nil
	}
	var which []labs.Lab
	for _, id := range ids {
		of := labs.Of(all, id)
		if len(of) == 0 {
			one, err := labs.Pick(all, id)
			if err != nil {
				return nil, fmt.Errorf("no fix lab is called %s, nor has a lesson of that name one; there are %s", id, listed(all))
			}
			of = []labs.Lab{one}
		}
		for _, l := range of {
			if !slices.ContainsFunc(which, func(other labs.Lab) bool { return other.ID == l.ID }) {
				which = append(which, l)
			}
		}
	}
	return which, nil
}

// listed are the ids of labs, for a sentence.
func listed(all []labs.Lab) string {
	var ids []string
	for _, l := range all {
		ids = append(ids, l.ID)
	}
	return strings.Join(ids, ", ")
}
