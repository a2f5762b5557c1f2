package main

import (
	"context"
	"fmt"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons"
)

// lab returns the lab that was named or, without a name, the one that is meant.
func (t *tutor) lab(ctx context.Context, args []string) (labs.Lab, error) {
	all, err := labs.Labs()
	if err != nil {
		return labs.Lab{}, err
	}
	var l labs.Lab
	if len(args) > 0 {
		l, err = labs.Pick(all, args[0])
	} else {
		l, err = t.meant(ctx, all)
	}
	return t.seeded(l), err
}

// labsToCheck returns the labs that an id names, one lab or those of a lesson that
// can be done in its sandbox; without one, the lab that is meant.
func (t *tutor) labsToCheck(ctx context.Context, args []string) ([]labs.Lab, error) {
	all, err := labs.Labs()
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		l, err := t.meant(ctx, all)
		return []labs.Lab{l}, err
	}
	if t.session != nil && t.session.exam != nil {
		open := t.session.exam.lab
		if one, err := labs.Pick(all, args[0]); err != nil || one.ID != open.ID {
			return nil, fmt.Errorf("in an exam check looks at its own fault alone, %s", open.ID)
		}
		return []labs.Lab{open}, nil
	}
	if l, err := lessons.Find(args[0]); err == nil {
		if of := t.openLabs(ctx, labs.Places(all, l), l.ID); len(of) > 0 {
			return of, nil
		}
	}
	one, err := labs.Pick(all, args[0])
	return []labs.Lab{one}, err
}

// openLabs are the labs that can be done in the sandbox of a lesson: that of the
// fault that is in it, else all those that need none.
func (t *tutor) openLabs(ctx context.Context, places []labs.Place, lesson string) []labs.Lab {
	planted := t.plantedIn(ctx, lesson)
	if t.session != nil && t.session.broken != nil {
		planted = t.session.broken.lab.ID
	}
	var broken, whole []labs.Lab
	for _, p := range places {
		switch {
		case p.ID == planted:
			return []labs.Lab{p.Lab}
		case p.Kind == labs.Fix:
			broken = append(broken, p.Lab)
		default:
			whole = append(whole, p.Lab)
		}
	}
	if len(whole) == 0 {
		return broken
	}
	return whole
}

// meant is the lab that goes without saying: the one whose fault is in the open
// sandbox, else the one of the step that the learner is at.
func (t *tutor) meant(ctx context.Context, all []labs.Lab) (labs.Lab, error) {
	if t.session != nil && t.session.broken != nil {
		return t.session.broken.lab, nil
	}
	l, err := t.current()
	if err != nil {
		return labs.Lab{}, err
	}
	if id := t.plantedIn(ctx, l.ID); id != "" {
		return labs.Pick(all, id)
	}
	places := labs.Places(all, l)
	if len(places) == 0 {
		return labs.Lab{}, fmt.Errorf("lesson %s has no lab", l.ID)
	}
	state := t.state()
	return labs.At(places, state.Lesson(l.ID).Step, passedIn(&state)).Lab, nil
}

// plantedIn is the fix lab whose fault is in a lesson's sandbox that is open in
// another terminal, "" where there is none.
func (t *tutor) plantedIn(ctx context.Context, lesson string) string {
	if t.session != nil {
		return ""
	}
	control, err := t.control(lesson)
	if err != nil {
		return ""
	}
	w, err := world.Attach(control)
	if err != nil {
		return ""
	}
	id, _, _ := labs.Planted(ctx, w) // a sandbox that has lost its root says nothing
	return id
}

// tellOthers says in a line each what else the lesson has to do, after a check
// of the lab that was meant.
func (t *tutor) tellOthers(meant labs.Lab) {
	if t.session != nil && t.session.broken != nil {
		return
	}
	l, err := lessons.Find(meant.Lesson())
	if err != nil {
		return
	}
	all, err := labs.Labs()
	if err != nil {
		return
	}
	state := t.state()
	passed, at := passedIn(&state), state.Lesson(l.ID).Step
	for _, p := range labs.Places(all, l) {
		switch {
		case p.ID == meant.ID || passed(p.Lab):
		case p.Step > at:
			t.say("Later, at step %d: %s\n", p.Step, p.ID)
		default:
			t.say("Not passed yet, at step %d: %s\n", p.Step, p.ID)
		}
	}
}

func passedIn(s *progress.State) func(labs.Lab) bool {
	return func(l labs.Lab) bool { return s.Lesson(l.Lesson()).Lab(l.ID).Status == progress.Passed }
}

func labsOf(places []labs.Place) []labs.Lab {
	var of []labs.Lab
	for _, p := range places {
		of = append(of, p.Lab)
	}
	return of
}
