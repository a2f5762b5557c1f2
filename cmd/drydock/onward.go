package main

import (
	"strconv"
	"strings"

	"drydock/labs/progress"
	"drydock/lessons"
)

// nameOrOnward is what was named, or else the lesson to go on with.
func (t *tutor) nameOrOnward(args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	all, err := lessons.Lessons()
	if err != nil {
		return "", err
	}
	state, err := t.loaded()
	if err != nil {
		return "", err
	}
	return t.onward(all, &state), nil
}

// onward is where the learner goes on, in whichever sandbox they are.
func (t *tutor) onward(all []lessons.Lesson, s *progress.State) string {
	if t.session != nil && t.session.Exam == nil {
		s.Current = t.session.Lesson
	}
	return onward(all, s)
}

// onward is the lesson the learner was in, the one after it where they have read
// it to its end, or the first.
func onward(all []lessons.Lesson, s *progress.State) string {
	for i, l := range all {
		if l.ID != s.Current {
			continue
		}
		record, counts := s.Lesson(l.ID), l.BeatCounts()
		last := len(counts) - 1
		if record.Step > last && record.Beat >= counts[last]-1 && i+1 < len(all) {
			return all[i+1].ID
		}
		return l.ID
	}
	return all[0].ID
}

// tellOnward says what comes next, which is what most who type drydock alone want
// to know.
func (t *tutor) tellOnward() {
	all, err := lessons.Lessons()
	state, unread := t.loaded()
	if err != nil || unread != nil {
		return
	}
	l, err := lessons.Pick(all, t.onward(all, &state))
	if err != nil {
		return
	}
	step := state.Lesson(l.ID).Step
	switch {
	case t.session != nil:
		t.say("You are in %s, at step %d of %d. To go on: next\n\n", l.ID, step, len(l.Steps))
	case state.Current == "":
		t.say("To begin: %s\n\n", t.outside("start"))
	case l.ID == state.Current && step > 0:
		t.say("To go on with %s, at step %d of %d: %s\n\n", l.ID, step, len(l.Steps), t.outside("start"))
	default:
		t.say("Next comes %s, %s: %s\n\n", l.ID, l.Title, t.outside("start"))
	}
}

// goTo has a lesson, or that of a lab, open at a step.
func (t *tutor) goTo(name string, step int) error {
	id, _, _ := strings.Cut(name, "/")
	l, err := lessons.Find(id)
	if err != nil {
		return err
	}
	if step, err = stepOf(l, strconv.Itoa(step)); err != nil {
		return err
	}
	return t.record(func(s *progress.State) {
		s.Open(l.ID, step, t.now())
		s.Lesson(l.ID).Beat = 0
	})
}
