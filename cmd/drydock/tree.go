package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"drydock/labs"
	"drydock/labs/partial"
	"drydock/labs/progress"
	"drydock/labs/tree"
)

// tree opens the learner's tree, and says what had to be done for it.
func (t *tutor) tree(ctx context.Context) (*tree.Tree, error) {
	config, err := tree.Default(t.getenv)
	if err != nil {
		return nil, err
	}
	theirs, notes, err := tree.Open(ctx, config)
	for _, note := range notes {
		t.warn(note)
	}
	return theirs, err
}

// prepareTree cuts what the build labs of a lesson have the learner write. A
// tree that cannot be made is no reason to keep the lesson from them.
func (t *tutor) prepareTree(ctx context.Context, of []labs.Lab) {
	for _, l := range of {
		if l.Kind != labs.Build {
			continue
		}
		if err := t.beginTree(ctx, l); err != nil {
			t.warn(fmt.Sprintf("lab %s cannot be prepared: %v", l.ID, err))
		}
	}
}

func (t *tutor) beginTree(ctx context.Context, l labs.Lab) error {
	theirs, err := t.tree(ctx)
	if err != nil {
		return err
	}
	done, err := theirs.Cut(ctx, l.ID, l.Cut, l.Todo)
	if err != nil {
		return err
	}
	for _, file := range done.Files {
		t.say("Lab %s: write in %s\n", l.ID, filepath.Join(theirs.Dir(), file))
	}
	return nil
}

// buildTree compiles what a lab is checked with: the reference with what the
// learner wrote for this lab and for those they have passed.
func (t *tutor) buildTree(ctx context.Context, l labs.Lab) (built labs.Built, same bool, err error) {
	theirs, err := t.tree(ctx)
	if err != nil {
		return built, false, err
	}
	cache, err := t.cacheDir()
	if err != nil {
		return built, false, err
	}
	passed, err := t.passedLabs()
	if err != nil {
		return built, false, err
	}
	defer t.sayThatItBuilds()()
	checked, err := theirs.Checked(ctx, l.ID, passed)
	if err != nil {
		return built, false, err
	}
	defer func() { err = errors.Join(err, checked.Close()) }()
	// A folder for each check: several may go on at once.
	scratch, err := partial.NewScratch(cache)
	if err != nil {
		return built, false, fmt.Errorf("building your mini-docker: %w", err)
	}
	dir := scratch.Path()
	built = labs.Built{Engine: filepath.Join(dir, "mini-docker"), Remove: scratch.Close}
	err = checked.Build(ctx, "./cmd/mini-docker", built.Engine)
	for _, pkg := range l.Tests {
		if err != nil {
			break
		}
		out := filepath.Join(dir, labs.TestName(pkg))
		built.Tests = append(built.Tests, out)
		err = checked.BuildTest(ctx, "./"+pkg, out)
	}
	return built, checked.Same, err
}

// passedLabs are the ids of the labs that the learner has passed.
func (t *tutor) passedLabs() ([]string, error) {
	store, err := t.progress()
	if err != nil {
		return nil, err
	}
	state, err := store.Load()
	if err != nil {
		return nil, err
	}
	var passed []string
	for _, lesson := range state.Lessons {
		if lesson == nil {
			continue
		}
		for id, lab := range lesson.Labs {
			if lab != nil && lab.Status == progress.Passed {
				passed = append(passed, id)
			}
		}
	}
	return passed, nil
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
	theirs, err := t.tree(ctx)
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
