package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"drydock/labs"
	"drydock/labs/tree"
)

// prepareTree cuts what the build labs of a lesson have the learner write. A
// tree that cannot be made is no reason to keep the lesson from them.
func (t *tutor) prepareTree(ctx context.Context, of []labs.Lab) {
	files, troubles := t.learner().Begin(ctx, of)
	for _, f := range files {
		t.say("Lab %s: write in %s\n", f.Lab, f.File)
	}
	for _, trouble := range troubles {
		t.warn(trouble.Error())
	}
}

// sayThatItBuilds says so to a person who has waited a while, unless what it
// returns is called before.
func (t *tutor) sayThatItBuilds() (done func()) {
	if !t.isTerminal() {
		return func() {}
	}
	late := time.AfterFunc(2*time.Second, func() {
		fmt.Fprintln(t.err, "Compiling your mini-docker. The first time takes a minute.")
	})
	return func() { late.Stop() }
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
