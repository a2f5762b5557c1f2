package main

import (
	"context"
	"strconv"
	"strings"

	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/lessons"
)

// nameOrOnward is what was named, or else the lesson to go on with.
func (t *tutor) nameOrOnward(ctx context.Context, args []string) (string, error) {
	if len(args) > 0 {
		return args[0], nil
	}
	state, err := t.loaded()
	if err != nil {
		return "", err
	}
	then, err := t.onward(ctx, &state)
	return then.ID, err
}

// onward is where the learner goes on, in whichever sandbox they are.
func (t *tutor) onward(ctx context.Context, s *progress.State) (lessons.Lesson, error) {
	if t.session != nil && t.session.Exam == nil {
		s.Current = t.session.Lesson
	}
	o, err := t.overviewOf(ctx, s)
	if err != nil {
		return lessons.Lesson{}, err
	}
	return session.Onward(o.standings).Lesson, nil
}

// tellOnward says what comes next, which is what most who type drydock alone want
// to know.
func (t *tutor) tellOnward() {
	state, err := t.loaded()
	if err != nil {
		return
	}
	var l lessons.Lesson
	if t.session != nil {
		l, err = t.current()
	} else { // the machine is looked at, too
		l, err = t.onward(context.Background(), &state)
	}
	if err != nil {
		return
	}
	step := state.Lesson(l.ID).Step
	switch {
	case t.session != nil:
		t.say("You are in %s, at step %d of %d. To go on: next\n\n", l.ID, step, len(l.Steps))
	case state.Current == "":
		t.say("To begin: %s\n\n", t.outside("start"))
	case step > 0:
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
