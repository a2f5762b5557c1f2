package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"drydock/labs"
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

// buildTree compiles the learner's mini-docker, and their tests of some packages.
func (t *tutor) buildTree(ctx context.Context, tests []string) (labs.Built, error) {
	theirs, err := t.tree(ctx)
	if err != nil {
		return labs.Built{}, err
	}
	cache, err := t.cacheDir()
	if err != nil {
		return labs.Built{}, err
	}
	defer t.sayThatItBuilds()()
	saved := theirs.Save(ctx)
	// One for each tree: two learners may share an account.
	name := fmt.Sprintf("tree-%x", sha256.Sum256([]byte(theirs.Dir())))[:21]
	built := labs.Built{Engine: filepath.Join(cache, name, "mini-docker")}
	err = theirs.Build(ctx, "./cmd/mini-docker", built.Engine)
	for _, pkg := range tests {
		if err != nil {
			break
		}
		out := filepath.Join(cache, name, labs.TestName(pkg))
		built.Tests = append(built.Tests, out)
		err = theirs.BuildTest(ctx, "./"+pkg, out)
	}
	var compile *tree.BuildError
	if err != nil && (saved == nil || errors.As(err, &compile)) {
		return labs.Built{}, err
	}
	return built, saved
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
