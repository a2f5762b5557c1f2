package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"drydock/labs"
	"drydock/labs/session"
	"drydock/labs/tree"
)

// prepareTree cuts what the build labs of a lesson have the learner write. A
// tree that cannot be made is no reason to keep the lesson from them.
func (t *tutor) prepareTree(ctx context.Context, of []labs.Lab) []session.Written {
	done := t.whileWaiting(always("Preparing your copy of the source, for what you will write …"))
	files, troubles := t.learner().Begin(ctx, of)
	done()
	for _, trouble := range troubles {
		t.warn(trouble.Error())
	}
	return files
}

// tellFiles names the files that are written in, where that is what comes next: at a
// lab's own page, or where they are not in the folder that the page tells of.
func (t *tutor) tellFiles(files []session.Written, places []labs.Place, step int) {
	for _, f := range files {
		here := slices.ContainsFunc(places, func(p labs.Place) bool { return p.ID == f.Lab && p.Step == step })
		if here || t.getenv("DRYDOCK_HOME") != "" {
			t.say("Lab %s: write in %s\n", f.Lab, f.File)
		}
	}
}

// building tells a person how far their code is compiled.
type building struct {
	*tutor
	packages atomic.Int64
	latest   atomic.Value // the name of a package
}

func (b *building) compiled(pkg string) {
	b.packages.Add(1)
	b.latest.Store(pkg)
}

// begin tells it until what it returns is called. Where none of the tree was compiled
// on this machine before, that includes all that it imports.
func (b *building) begin() (done func()) {
	begun := time.Now()
	return b.whileWaiting(func() string { return b.sofar(time.Since(begun)) })
}

func (b *building) sofar(took time.Duration) string {
	text := fmt.Sprintf("Compiling your mini-docker, %d s", int(took.Seconds()))
	if !b.hasBuilt() {
		text += " (the first time it takes minutes)"
	}
	if n := b.packages.Load(); n > 0 {
		text += fmt.Sprintf(": package %d, %s", n, b.latest.Load())
	}
	return text
}

// hasBuilt reports whether code of the learner's was compiled before: a build lab was
// checked.
func (t *tutor) hasBuilt() bool {
	all, _ := labs.Labs()
	state := t.state()
	return slices.ContainsFunc(all, func(l labs.Lab) bool {
		return l.Kind == labs.Build && state.Lesson(l.Lesson()).Lab(l.ID).Attempts > 0
	})
}

// solution shows how the learner's code becomes the reference's, and puts that into
// their tree if they want it.
func (t *tutor) solution(ctx context.Context, l labs.Lab, yes bool) error {
	theirs, err := t.learner().Tree(ctx)
	if err != nil {
		return err
	}
	difference, err := theirs.Diff(l.ID, tree.Learner)
	if err != nil {
		return err
	}
	if difference == "" {
		t.say("What you wrote for %s is the solution, word for word.\n", l.ID)
		return nil
	}
	fmt.Fprintf(t.out, "What you have (-), and how it is done (+):\n\n%s\n", difference)
	if !yes && !t.confirm("Put that into your tree, in the place of what you wrote?") {
		t.say("Your code is as it was. To replace it: %s\n", t.typed("solution "+l.ID+" --yes"))
		return nil
	}
	return t.solveTree(ctx, l)
}

// solveTree puts the reference's code into the learner's tree.
func (t *tutor) solveTree(ctx context.Context, l labs.Lab) error {
	return t.exchangeTree(ctx, l, (*tree.Tree).Solution, "now holds the solution")
}

// resetTree cuts a lab's code again.
func (t *tutor) resetTree(ctx context.Context, l labs.Lab) error {
	return t.exchangeTree(ctx, l, (*tree.Tree).Reset, "is as it was at the lab's start")
}

func (t *tutor) exchangeTree(ctx context.Context, l labs.Lab,
	exchange func(*tree.Tree, context.Context, string) (tree.Done, error), what string) error {
	theirs, err := t.learner().Tree(ctx)
	if err != nil {
		return err
	}
	done, err := exchange(theirs, ctx, l.ID)
	for _, file := range done.Files {
		t.say("%s %s.\n", filepath.Join(theirs.Dir(), file), what)
	}
	for _, kept := range done.Kept {
		t.say("What you had written is kept in %s.\n", kept)
	}
	return err
}
