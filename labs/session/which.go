package session

import (
	"context"
	"errors"
	"fmt"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons"
)

// Current returns the lesson that the sandbox is of in which the learner types, or else
// the one they read last: who has two open is in each of them.
func (me Learner) Current() (lessons.Lesson, error) {
	if me.In != nil && me.In.Exam == nil {
		return lessons.Find(me.In.Lesson)
	}
	state, err := me.Loaded()
	if err != nil {
		return lessons.Lesson{}, err
	}
	if state.Current == "" {
		return lessons.Lesson{}, errors.New("no lesson is open: `drydock lessons` lists them, `drydock read LESSON` opens one")
	}
	return lessons.Find(state.Current)
}

// Lab returns the lab of an id or a name; for "" the one that is meant.
func (me Learner) Lab(ctx context.Context, id string) (labs.Lab, error) {
	all, err := labs.Labs()
	if err != nil {
		return labs.Lab{}, err
	}
	var l labs.Lab
	if id != "" {
		l, err = labs.Pick(all, id)
	} else {
		l, err = me.meant(ctx, all)
	}
	return me.Seeded(l), err
}

// ToAnswer is the fix lab of an id; for "" the one that is open, or that the current
// lesson has.
func (me Learner) ToAnswer(ctx context.Context, id string) (labs.Lab, error) {
	if id != "" || me.Open() != nil {
		l, err := me.Lab(ctx, id)
		if err == nil && l.Kind != labs.Fix {
			err = fmt.Errorf("lab %s asks for no cause: nothing is broken in it", l.ID)
		}
		return l, err
	}
	all, err := labs.Labs()
	if err != nil {
		return labs.Lab{}, err
	}
	current, err := me.Current()
	if err != nil {
		return labs.Lab{}, err
	}
	for _, l := range labs.Of(all, current.ID) {
		if l.Kind == labs.Fix {
			return me.Seeded(l), nil
		}
	}
	return labs.Lab{}, fmt.Errorf("lesson %s has no fix lab", current.ID)
}

// ToCheck returns the labs that an id names, one lab or those of a lesson that
// can be done in its sandbox; for "" the lab that is meant.
func (me Learner) ToCheck(ctx context.Context, id string) ([]labs.Lab, error) {
	all, err := labs.Labs()
	if err != nil {
		return nil, err
	}
	if id == "" {
		l, err := me.meant(ctx, all)
		return []labs.Lab{l}, err
	}
	if me.InExam() {
		open := me.In.Exam.Lab
		if one, err := labs.Pick(all, id); err != nil || one.ID != open.ID {
			return nil, fmt.Errorf("in an exam check looks at its own fault alone, %s", open.ID)
		}
		return []labs.Lab{open}, nil
	}
	if l, err := lessons.Find(id); err == nil {
		if of := me.openLabs(ctx, labs.Places(all, l), l.ID); len(of) > 0 {
			return of, nil
		}
	}
	one, err := labs.Pick(all, id)
	return []labs.Lab{one}, err
}

// openLabs are the labs that can be done in the sandbox of a lesson: that of the
// fault that is in it, else all those that need none.
func (me Learner) openLabs(ctx context.Context, places []labs.Place, lesson string) []labs.Lab {
	planted := me.plantedIn(ctx, lesson)
	if b := me.Open(); b != nil {
		planted = b.Lab.ID
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
func (me Learner) meant(ctx context.Context, all []labs.Lab) (labs.Lab, error) {
	if b := me.Open(); b != nil {
		return b.Lab, nil
	}
	l, err := me.Current()
	if err != nil {
		return labs.Lab{}, err
	}
	if id := me.plantedIn(ctx, l.ID); id != "" {
		return labs.Pick(all, id)
	}
	places := labs.Places(all, l)
	if len(places) == 0 {
		return labs.Lab{}, fmt.Errorf("lesson %s has no lab", l.ID)
	}
	state := me.State()
	return labs.At(places, state.Lesson(l.ID).Step, passedIn(&state)).Lab, nil
}

// plantedIn is the fix lab whose fault is in a lesson's sandbox that is open in
// another terminal, "" where there is none.
func (me Learner) plantedIn(ctx context.Context, lesson string) string {
	if me.In != nil {
		return ""
	}
	control, err := me.Control(lesson)
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

// Other is a lab of the same lesson that is not passed.
type Other struct {
	labs.Place
	Later bool // its step is ahead of the learner
}

// Others are the labs of a lesson that there are to do beside one. In a sandbox with
// a fault in it there are none.
func (me Learner) Others(meant labs.Lab) ([]Other, error) {
	if me.Open() != nil {
		return nil, nil
	}
	l, err := lessons.Find(meant.Lesson())
	if err != nil {
		return nil, err
	}
	all, err := labs.Labs()
	if err != nil {
		return nil, err
	}
	state := me.State()
	passed, at := passedIn(&state), state.Lesson(l.ID).Step
	var others []Other
	for _, p := range labs.Places(all, l) {
		if p.ID != meant.ID && !passed(p.Lab) {
			others = append(others, Other{p, p.Step > at})
		}
	}
	return others, nil
}

func passedIn(s *progress.State) func(labs.Lab) bool {
	return func(l labs.Lab) bool { return s.Lesson(l.Lesson()).Lab(l.ID).Status == progress.Passed }
}
