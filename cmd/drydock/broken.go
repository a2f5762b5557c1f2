package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/lessons/render"
	"drydock/mini-docker/sandbox"
)

// broken is a fix lab and the seed that says what is broken.
type broken struct {
	lab  labs.Lab
	seed uint64
	exam bool // part of an exam, which has its own words
}

// mostSeed keeps seeds short enough to be said to a class.
const mostSeed = 9999

// startAny opens what an id names: a lesson, a lab's lesson, or a fix lab. seed
// is nil when none was named.
func (t *tutor) startAny(ctx context.Context, id string, seed *uint64) error {
	all, err := labs.Labs()
	if err != nil {
		return err
	}
	l, err := lessons.Find(id)
	if err == nil {
		return t.startLesson(ctx, l, labs.Of(all, l.ID), seed)
	}
	lab, noLab := labs.Pick(all, id)
	if noLab != nil && strings.Contains(id, "/") {
		return noLab
	}
	if noLab != nil {
		return err
	}
	if l, err = lessons.Find(lab.Lesson()); err != nil {
		return err
	}
	if lab.Kind != labs.Fix {
		return t.startLesson(ctx, l, nil, seed)
	}
	return t.startBroken(ctx, l, &broken{lab: lab, seed: t.give(lab, seed)})
}

// startLesson opens a lesson. A seed is for those of its labs that can be broken.
func (t *tutor) startLesson(ctx context.Context, l lessons.Lesson, of []labs.Lab, seed *uint64) error {
	if seed != nil {
		given := 0
		for _, lab := range of {
			if lab.Kind == labs.Fix {
				t.give(lab, seed)
				fmt.Fprintf(t.out, "Seed %d for %s: %s\n", *seed, lab.ID, t.typed("start "+lab.ID))
				given++
			}
		}
		if given == 0 {
			return fmt.Errorf("a seed is for fix labs, and %s has none", l.ID)
		}
	}
	switch {
	case t.session == nil:
		return t.start(ctx, l)
	case t.session.lesson != l.ID:
		return fmt.Errorf("this is the sandbox of %s: type exit, and then %s", t.session.lesson, t.outside("start "+l.ID))
	case t.session.broken == nil:
		fmt.Fprintf(t.out, "This is the sandbox of %s already. For a new one: drydock reset\n", l.ID)
		return nil
	}
	t.session.restart(nil)
	return nil
}

// startBroken opens a sandbox with a fault in it, or puts it in the place of the
// one that this was typed in.
func (t *tutor) startBroken(ctx context.Context, l lessons.Lesson, b *broken) error {
	t.remember(func(s *progress.State) { s.Open(l.ID, 0, t.now()) })
	switch {
	case t.session != nil && t.session.lesson == l.ID:
		t.session.restart(b)
		return nil
	case t.session != nil:
		return fmt.Errorf("this is the sandbox of %s: type exit, and then %s", t.session.lesson, t.outside("start "+b.lab.ID))
	case !t.isTerminal():
		t.brief(b)
		fmt.Fprintf(t.out, "To go on, in a terminal: %s\n", t.outside("start "+b.lab.ID))
		return nil
	}
	return t.open(ctx, l, nil, b)
}

// give notes which fault the learner has in a lab: that of the seed which was
// named, the one they had, or one of their own.
func (t *tutor) give(l labs.Lab, named *uint64) uint64 {
	seed := rand.Uint64N(mostSeed) + 1 // where nothing can be stored
	t.remember(func(s *progress.State) {
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

// breakOther has the process that holds the lesson's sandbox, in another
// terminal, put one with the fault in its place.
func (t *tutor) breakOther(ctx context.Context, w *world.World, b *broken) error {
	fmt.Fprintf(t.out, "The sandbox of %s is open in another terminal. There, %s begins now.\n", b.lab.Lesson(), b.lab.ID)
	_, err := w.Exec(ctx, sandbox.Command{
		Args:   []string{"drydock", "start", b.lab.ID, "--seed", strconv.FormatUint(b.seed, 10)},
		Stdout: t.out,
	})
	if errors.Is(err, sandbox.ErrEnded) {
		return nil // it took the one who asked with it
	}
	return t.lostRoot(ctx, err, b.lab.Lesson())
}

// brief says what a fix lab is about and what to type; nothing for no lab.
func (t *tutor) brief(b *broken) {
	if b == nil {
		return
	}
	text := fmt.Sprintf("**Fix: %s** (%s, seed %d)\n\n%s", b.lab.Title, b.lab.ID, b.seed, b.lab.Task)
	if !b.exam {
		text += fmt.Sprintf("\n\ntype: check · answer · hint; `drydock start %s` leads back to the lesson", b.lab.Lesson())
	}
	fmt.Fprint(t.out, render.Text(text, t.style(false)), "\n")
}

// seeded gives a fix lab the hints and the solution of the learner's fault.
func (t *tutor) seeded(l labs.Lab) labs.Lab {
	if l.Kind != labs.Fix {
		return l
	}
	return l.Seeded(t.faultSeed(l))
}

// faultSeed is which fault of a lab the learner has: the one in the sandbox that
// they type in, or the one they were given last.
func (t *tutor) faultSeed(l labs.Lab) uint64 {
	if t.session != nil && t.session.broken != nil && t.session.broken.lab.ID == l.ID {
		return t.session.broken.seed
	}
	state := t.state()
	return state.Given(l.Lesson(), l.ID, 1)
}

// wasGiven tells whether the learner has a fault in a fix lab: before they have
// opened it, nothing can be said of its cause.
func (t *tutor) wasGiven(l labs.Lab) error {
	if t.session != nil && t.session.broken != nil && t.session.broken.lab.ID == l.ID {
		return nil
	}
	state := t.state()
	if l.Kind != labs.Fix || state.Lesson(l.Lesson()).Lab(l.ID).Fault != nil {
		return nil
	}
	return fmt.Errorf("lab %s is not open: `drydock start %s` opens a sandbox in which something is broken", l.ID, l.ID)
}

// brokenBy is what a reset of a lab puts into the new sandbox.
func (t *tutor) brokenBy(l labs.Lab) *broken {
	if l.Kind != labs.Fix {
		return nil
	}
	return &broken{lab: l, seed: t.faultSeed(l)}
}

// causeKnown tells whether the learner has said the cause of a lab's fault.
func (t *tutor) causeKnown(l labs.Lab) func(seed uint64) bool {
	return func(seed uint64) bool {
		if t.session != nil && t.session.exam != nil {
			return t.session.exam.known()
		}
		state := t.state()
		f := state.Lesson(l.Lesson()).Lab(l.ID).Fault
		return f != nil && f.Seed == seed && f.Known
	}
}

// controlOf is the socket of the sandbox that a lesson's labs are checked in.
func (t *tutor) controlOf(lesson string) (string, error) {
	if t.session != nil && t.session.control != "" {
		return t.session.control, nil
	}
	return t.control(lesson)
}

// hintAt says how to get a hint, where there are any.
func (t *tutor) hintAt(lab string) string {
	if t.session != nil && t.session.exam != nil {
		return ""
	}
	return " For a hint: " + t.typed("hint "+lab)
}

// tellCause explains what was broken, once it is found and repaired.
func (t *tutor) tellCause(w io.Writer, cause string) {
	if cause != "" {
		fmt.Fprint(w, "\n", render.Text("**What it was.** "+cause, t.style(false)))
	}
	if t.session != nil && t.session.exam != nil {
		fmt.Fprintln(w, "\nexit hands it in.")
	}
}
