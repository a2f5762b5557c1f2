package verify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"drydock/labs"
	"drydock/labs/proof"
	"drydock/labs/tree"
	"drydock/labs/world"
	"drydock/testscripts"
)

// sources are files of the module with another content than they have, by path
// from the module's root.
type sources map[string][]byte

// buildTasks are the proofs of a build lab. Each compiles an engine in which
// some declarations are others than the reference's.
func (v *verifier) buildTasks(ctx context.Context, l labs.Lab) ([]task, error) {
	starter, err := v.cut(l)
	if err != nil {
		return nil, err
	}
	beside, err := v.newVariants(ctx, l)
	if err != nil {
		return nil, err
	}
	all := []task{
		{l.Lesson(), "lab " + l.ID + ": the empty world fails", func(ctx context.Context) (string, error) {
			idle, err := v.idle(l)
			if err != nil {
				return "", err
			}
			return v.try(ctx, l, idle, mustFail(""))
		}, v.ofBuild(l, nil)},
		v.sharedTask(l, "the untouched starter fails", starter, mustFail("")),
		v.sharedTask(l, "the solution passes", nil, mustPass()),
	}
	all = append(all, v.besideAnother(l))
	for _, w := range l.Wrong {
		if strings.HasSuffix(w.Name, ".tree") {
			all = append(all, v.treeTask(l, w, starter))
			continue
		}
		answered, err := v.put(l, w.Text)
		if err != nil {
			return nil, fmt.Errorf("wrong/%s: %w", w.Name, err)
		}
		all = append(all, v.engineTask(l, beside, "wrong/"+w.Name+" fails as it should", answered, mustFail(w.Want)))
	}
	for _, r := range l.Right {
		answered, err := v.put(l, r.Text)
		if err != nil {
			return nil, fmt.Errorf("right/%s: %w", r.Name, err)
		}
		all = append(all, v.engineTask(l, beside, "right/"+r.Name+" passes", answered, mustPass()))
	}
	if l.Mutate {
		mutants, err := v.mutants(l, beside)
		if err != nil {
			return nil, err
		}
		all = append(all, mutants...)
	}
	return all, nil
}

// engineTask is a proof about an engine, which is built with others beside it.
func (v *verifier) engineTask(l labs.Lab, beside *variants, what string, changed sources, judge verdict) task {
	beside.add(changed)
	return task{l.Lesson(), "lab " + l.ID + ": " + what, func(ctx context.Context) (string, error) {
		built, err := v.buildVariant(ctx, beside, changed, l)
		if r, ok := labs.Uncompiled(l, err, v.Scripts); ok {
			return judge.of(l, []testscripts.Report{r})
		}
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(filepath.Dir(built.Engine))
		return v.try(ctx, l, built, judge)
	}, v.ofBuild(l, changed)}
}

// sharedTask is an engineTask about what other proofs of the lab need, too. What is
// built for the first of them stays until all are made.
func (v *verifier) sharedTask(l labs.Lab, what string, changed sources, judge verdict) task {
	return task{l.Lesson(), "lab " + l.ID + ": " + what, func(ctx context.Context) (string, error) {
		return v.tryShared(ctx, l, changed, judge)
	}, v.ofBuild(l, changed)}
}

func (v *verifier) tryShared(ctx context.Context, l labs.Lab, changed sources, judge verdict) (string, error) {
	built, err := v.shared(ctx, l, changed)
	if r, ok := labs.Uncompiled(l, err, v.Scripts); ok {
		return judge.of(l, []testscripts.Report{r})
	}
	if err != nil {
		return "", err
	}
	return v.try(ctx, l, built, judge)
}

// shared builds once what several proofs of a lab need.
func (v *verifier) shared(ctx context.Context, l labs.Lab, changed sources) (labs.Built, error) {
	parts := []string{l.ID}
	for _, file := range slices.Sorted(maps.Keys(changed)) {
		parts = append(parts, file, string(changed[file]))
	}
	name := "built for " + string(proof.KeyOf(parts...))
	built, _ := v.known.LoadOrStore(name, sync.OnceValues(func() (labs.Built, error) { return v.build(ctx, changed, l) }))
	return built.(func() (labs.Built, error))()
}

// try checks a lab with what was built for it.
func (v *verifier) try(ctx context.Context, l labs.Lab, built labs.Built, judge verdict) (string, error) {
	options := world.Options{Untutored: true, Programs: built.Tests, Patient: judge.passes}
	if _, err := os.Stat(built.Engine); err == nil {
		options.MiniDocker = built.Engine
	}
	w, err := v.Machine.Open(ctx, options)
	if err != nil {
		return "", err
	}
	defer w.Close()
	reports, err := labs.Judge(ctx, l, w, v.Scripts)
	if err != nil {
		return "", err
	}
	return judge.of(l, reports)
}

// idle is a mini-docker, and tests, that do nothing and report success: a check
// that passes with them looks at nothing.
func (v *verifier) idle(l labs.Lab) (labs.Built, error) {
	built, err := v.next(l.Tests)
	for _, path := range append(built.Tests, built.Engine) {
		err = errors.Join(err, os.WriteFile(path, []byte("#!/bin/sh\nexit 0\n"), 0o755))
	}
	return built, err
}

// build compiles what a lab's scripts run, the engine and the tests of some
// packages, with some files changed, and leaves the module itself alone (`go
// help build`, -overlay).
func (v *verifier) build(ctx context.Context, changed sources, l labs.Lab) (labs.Built, error) {
	built, err := v.next(l.Tests)
	if err != nil {
		return built, err
	}
	runsEngine, err := v.runsEngine(l)
	if err != nil {
		return built, err
	}
	overlay, err := v.overlay(filepath.Dir(built.Engine), changed)
	if err != nil {
		return built, err
	}
	if runsEngine {
		err := v.compile(ctx, "build", "-overlay", overlay, "-o", built.Engine, "./cmd/mini-docker")
		if err != nil {
			return built, err
		}
	}
	for i, pkg := range l.Tests {
		if err := v.compile(ctx, "test", "-c", "-overlay", overlay, "-o", built.Tests[i], "./"+pkg); err != nil {
			return built, err
		}
	}
	return built, nil
}

// runsEngine says whether a lab's scripts run the engine, besides tests.
func (v *verifier) runsEngine(l labs.Lab) (bool, error) {
	for _, name := range l.Scripts {
		script, err := v.Scripts(name)
		if err != nil {
			return false, err
		}
		if strings.Contains(script.Text, "mini-docker") {
			return true, nil
		}
	}
	return len(l.Tests) == 0, nil
}

// overlay writes the changed files into dir, and the list that tells the go
// command to take them in the place of the module's; it returns the list's path.
func (v *verifier) overlay(dir string, changed sources) (string, error) {
	var overlay struct{ Replace map[string]string }
	// As in a learner's tree there is no init of the reference's in the engine: what
	// begins a container is then the engine, with what was changed in it.
	overlay.Replace = map[string]string{filepath.Join(v.Module, tree.BuiltInit): ""}
	for path, src := range changed {
		replacement := filepath.Join(dir, fmt.Sprintf("%d.go", len(overlay.Replace)))
		if err := os.WriteFile(replacement, src, 0o644); err != nil {
			return "", err
		}
		overlay.Replace[filepath.Join(v.Module, path)] = replacement
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	return list, os.WriteFile(list, text, 0o644)
}

// compile runs the go command. The error is a *tree.BuildError when that had
// something to say.
func (v *verifier) compile(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", slices.Insert(args, len(args)-1, "-trimpath", "-buildvcs=false", "-ldflags=-s -w")...)
	cmd.Dir = v.Module
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && ctx.Err() == nil {
		return &tree.BuildError{Output: string(text)}
	}
	return err
}

// next makes a directory in the scratch directory and names the programs that
// are to be built there.
func (v *verifier) next(tests []string) (labs.Built, error) {
	dir, err := os.MkdirTemp(v.scratch, "built-")
	built := labs.Built{Engine: filepath.Join(dir, "mini-docker")}
	for _, pkg := range tests {
		built.Tests = append(built.Tests, filepath.Join(dir, labs.TestName(pkg)))
	}
	return built, err
}
