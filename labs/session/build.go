package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"drydock/labs"
	"drydock/labs/partial"
	"drydock/labs/progress"
)

// Written is a file of the learner's tree that a lab has them write in.
type Written struct {
	Lab  string
	File string // its path
}

// Begin cuts what the build labs among these have the learner write. The troubles say
// which labs cannot be prepared: that is no reason to keep the others from them.
func (me Learner) Begin(ctx context.Context, of []labs.Lab) (files []Written, troubles []error) {
	for _, l := range of {
		if l.Kind != labs.Build {
			continue
		}
		cut, err := me.cut(ctx, l)
		if err != nil {
			troubles = append(troubles, fmt.Errorf("lab %s cannot be prepared: %w", l.ID, err))
		}
		files = append(files, cut...)
	}
	return files, troubles
}

func (me Learner) cut(ctx context.Context, l labs.Lab) (files []Written, err error) {
	theirs, err := me.Tree(ctx)
	if err != nil {
		return nil, err
	}
	done, err := theirs.Cut(ctx, l.ID, l.Cut, l.Todo)
	if err != nil {
		return nil, err
	}
	for _, file := range done.Files {
		files = append(files, Written{l.ID, filepath.Join(theirs.Dir(), file)})
	}
	return files, nil
}

// build compiles what a lab is checked with: the reference with what the
// learner wrote for this lab and for those they have passed.
func (me Learner) build(ctx context.Context, l labs.Lab) (built labs.Built, same bool, err error) {
	theirs, err := me.Tree(ctx)
	if err != nil {
		return built, false, err
	}
	cache, err := me.CacheDir()
	if err != nil {
		return built, false, err
	}
	passed, err := me.passedLabs()
	if err != nil {
		return built, false, err
	}
	if me.Builds != nil {
		defer me.Builds()()
	}
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
func (me Learner) passedLabs() ([]string, error) {
	state, err := me.Loaded()
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
