package session

import (
	"fmt"
	"math/rand/v2"

	"drydock/labs"
	"drydock/labs/exam"
	"drydock/labs/progress"
)

// Broken is a fix lab and the seed that says what is broken.
type Broken struct {
	Lab  labs.Lab
	Seed uint64
	Exam bool // part of an exam, which has its own words
}

// Seat is where one fault of an exam is worked on.
type Seat struct {
	Broken
	Exam *exam.Exam
	N    int // which of its faults it is, from 0
}

// Known tells whether the cause was said.
func (s *Seat) Known() bool { return s.Exam.Known(s.N) }

// MostSeed keeps seeds short enough to be said to a class.
const MostSeed = 9999

// InExam tells whether the learner asks from the sandbox of an exam.
func (me Learner) InExam() bool { return me.In != nil && me.In.Exam != nil }

// Open is the fault that is in the sandbox which the learner asks from; nil for none.
func (me Learner) Open() *Broken {
	if me.In == nil {
		return nil
	}
	return me.In.Broken
}

// Give notes which fault the learner has in a lab: that of the seed which was
// named, the one they had, or one of their own.
func (me Learner) Give(l labs.Lab, named *uint64) uint64 {
	seed := rand.Uint64N(MostSeed) + 1 // where nothing can be stored
	me.Remember(func(s *progress.State) {
		if seed = s.Given(l.Lesson(), l.ID, seed); named != nil {
			seed = *named
		}
		s.Lesson(l.Lesson()).Lab(l.ID).Give(seed)
	})
	if named != nil {
		seed = *named
	}
	return seed
}

// GiveAll gives the fix labs among those of a lesson the fault of a seed, and
// returns them.
func (me Learner) GiveAll(lesson string, of []labs.Lab, seed uint64) (given []labs.Lab, err error) {
	for _, lab := range of {
		if lab.Kind == labs.Fix {
			me.Give(lab, &seed)
			given = append(given, lab)
		}
	}
	if len(given) == 0 {
		return nil, fmt.Errorf("a seed is for fix labs, and %s has none", lesson)
	}
	return given, nil
}

// Seeded gives a fix lab the hints and the solution of the learner's fault.
func (me Learner) Seeded(l labs.Lab) labs.Lab {
	if l.Kind != labs.Fix {
		return l
	}
	return l.Seeded(me.Seed(l))
}

// Seed is which fault of a lab the learner has: the one in the sandbox that
// they ask from, or the one they were given last.
func (me Learner) Seed(l labs.Lab) uint64 {
	if b := me.Open(); b != nil && b.Lab.ID == l.ID {
		return b.Seed
	}
	state := me.State()
	return state.Given(l.Lesson(), l.ID, 1)
}

// WasGiven tells whether the learner has a fault in a fix lab: before they have
// opened it, nothing can be said of its cause.
func (me Learner) WasGiven(l labs.Lab) error {
	if b := me.Open(); b != nil && b.Lab.ID == l.ID {
		return nil
	}
	state := me.State()
	if l.Kind != labs.Fix || state.Lesson(l.Lesson()).Lab(l.ID).Fault != nil {
		return nil
	}
	return fmt.Errorf("lab %s is not open: `drydock start %s` opens a sandbox in which something is broken", l.ID, l.ID)
}

// BrokenBy is what a reset of a lab puts into the new sandbox.
func (me Learner) BrokenBy(l labs.Lab) *Broken {
	if l.Kind != labs.Fix {
		return nil
	}
	return &Broken{Lab: l, Seed: me.Seed(l)}
}

// causeKnown tells whether the learner has said the cause of a lab's fault.
func (me Learner) causeKnown(l labs.Lab) func(seed uint64) bool {
	return func(seed uint64) bool {
		if me.InExam() {
			return me.In.Exam.Known()
		}
		state := me.State()
		f := state.Lesson(l.Lesson()).Lab(l.ID).Fault
		return f != nil && f.Seed == seed && f.Known
	}
}
