package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/labs/world"
	"drydock/lessons"
	"drydock/lessons/render"
	"drydock/mini-docker/sandbox"
)

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
	if err := t.goToPage(l, lab); err != nil {
		return err
	}
	if lab.Kind != labs.Fix {
		return t.startLesson(ctx, l, nil, seed)
	}
	return t.startBroken(ctx, l, &session.Broken{Lab: lab, Seed: t.learner().Give(lab, seed)})
}

// goToPage has a lesson open at a lab's page, unless the learner is reading that.
func (t *tutor) goToPage(l lessons.Lesson, lab labs.Lab) error {
	page, state := labs.StepOf(l, lab.ID), t.state()
	if page > len(l.Steps) || state.Lesson(l.ID).Step == page {
		return nil
	}
	return t.goTo(l.ID, page)
}

// startLesson opens a lesson. A seed is for those of its labs that can be broken.
func (t *tutor) startLesson(ctx context.Context, l lessons.Lesson, of []labs.Lab, seed *uint64) error {
	if seed != nil {
		given, err := t.learner().GiveAll(l.ID, of, *seed)
		if err != nil {
			return err
		}
		for _, lab := range given {
			fmt.Fprintf(t.out, "Seed %d for %s: %s\n", *seed, lab.ID, t.typed("start "+lab.ID))
		}
	}
	switch {
	case t.session == nil:
		return t.start(ctx, l)
	case t.session.Lesson != l.ID:
		return fmt.Errorf("this is the sandbox of %s: type exit, and then %s", t.session.Lesson, t.outside("start "+l.ID))
	case t.session.Broken == nil:
		return t.showStep(ctx, l)
	}
	t.session.Restart(nil)
	return nil
}

// startBroken opens a sandbox with a fault in it, or puts it in the place of the
// one that this was typed in.
func (t *tutor) startBroken(ctx context.Context, l lessons.Lesson, b *session.Broken) error {
	t.remember(func(s *progress.State) { s.Open(l.ID, 0, t.now()) })
	switch {
	case t.session != nil && t.session.Lesson == l.ID:
		t.session.Restart(b)
		return nil
	case t.session != nil:
		return fmt.Errorf("this is the sandbox of %s: type exit, and then %s", t.session.Lesson, t.outside("start "+b.Lab.ID))
	case !t.isTerminal():
		t.brief(b)
		fmt.Fprintf(t.out, "To go on, in a terminal: %s\n", t.outside("start "+b.Lab.ID))
		return nil
	}
	return t.open(ctx, l, nil, b)
}

// breakOther has the process that holds the lesson's sandbox, in another
// terminal, put one with the fault in its place.
func (t *tutor) breakOther(ctx context.Context, w *world.World, b *session.Broken) error {
	fmt.Fprintf(t.out, "The sandbox of %s is open in another terminal. There, %s begins now.\n", b.Lab.Lesson(), b.Lab.ID)
	_, err := w.Exec(ctx, sandbox.Command{
		Args:   []string{"drydock", "start", b.Lab.ID, "--seed", strconv.FormatUint(b.Seed, 10)},
		Stdout: t.out,
	})
	if errors.Is(err, sandbox.ErrEnded) {
		return nil // it took the one who asked with it
	}
	return t.learner().LostRoot(ctx, err, b.Lab.Lesson())
}

// brief says what a fix lab is about and what to type; nothing for no lab.
func (t *tutor) brief(b *session.Broken) {
	if b == nil {
		return
	}
	text := fmt.Sprintf("**Fix: %s** (%s, seed %d)\n\n%s", b.Lab.Title, b.Lab.ID, b.Seed, b.Lab.Task)
	if !b.Exam {
		text += fmt.Sprintf("\n\ntype: check · answer · hint; `drydock start %s` leads back to the lesson", b.Lab.Lesson())
	}
	fmt.Fprint(t.out, render.Text(text, t.style(false)), "\n")
}

// hintAt says how to get a hint, where there are any.
func (t *tutor) hintAt(lab string) string {
	if t.learner().InExam() {
		return ""
	}
	return " For a hint: " + t.typed("hint "+lab)
}

// tellCause explains what was broken, once it is found and repaired.
func (t *tutor) tellCause(w io.Writer, cause string) {
	if cause != "" {
		fmt.Fprint(w, "\n", render.Text("**What it was.** "+cause, t.style(false)))
	}
	if t.learner().InExam() {
		fmt.Fprintln(w, "\nexit hands it in.")
	}
}
