package labs

import (
	"slices"

	"drydock/lessons"
)

// Place is a lab where its lesson has it.
type Place struct {
	Lab
	Step int // of the lesson, from 1
}

// Places returns the labs of a lesson in the lesson's own order. A lab that the
// lesson does not name comes last.
func Places(all []Lab, l lessons.Lesson) []Place {
	var places []Place
	for _, lab := range Of(all, l.ID) {
		places = append(places, Place{lab, StepOf(l, lab.ID)})
	}
	slices.SortStableFunc(places, func(a, b Place) int { return a.Step - b.Step })
	return places
}

// StepOf is the step that places a lab, or one more than there are.
func StepOf(l lessons.Lesson, id string) int {
	for n, step := range l.Steps {
		for _, block := range step.Blocks {
			if lab, ok := block.(lessons.Lab); ok && lab.ID == id {
				return n + 1
			}
		}
	}
	return len(l.Steps) + 1
}

// At returns the lab that is meant at a step of a lesson when none is named:
// the step's own, else the nearest before it that is not passed, else the
// nearest before it, else the first. Who reads the lesson as a whole (step 0) is
// at the first that is not passed. There is at least one place.
func At(places []Place, step int, passed func(Lab) bool) Place {
	if step == 0 {
		for _, p := range places {
			if !passed(p.Lab) {
				return p
			}
		}
		return places[len(places)-1]
	}
	meant, open := places[0], false
	for _, p := range places {
		switch {
		case p.Step == step:
			return p
		case p.Step < step && (!passed(p.Lab) || !open):
			meant, open = p, !passed(p.Lab)
		}
	}
	return meant
}

// OnPage is the lab's task as its lesson's page says it: what that of a fix lab tells
// of is not in the lesson's sandbox.
func (l Lab) OnPage() string {
	if l.Kind != Fix {
		return l.Task
	}
	return "In the sandbox that `drydock start " + l.ID + "` opens:\n\n" + l.Task
}
