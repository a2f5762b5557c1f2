package verify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"drydock/labs"
	"drydock/labs/tree"
	"drydock/labs/world"
	"drydock/lessons/decl"
	"drydock/testscripts"
)

// sources are files of the module with another content than they have, by path
// from the module's root.
type sources map[string][]byte

// buildTasks are the proofs of a build lab. Each compiles an engine in which
// some declarations are others than the reference's.
func (v *verifier) buildTasks(l labs.Lab) ([]task, error) {
	starter, err := v.cut(l)
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
		v.engineTask(l, "the untouched starter fails", starter, mustFail("")),
		v.engineTask(l, "the solution passes", nil, mustPass),
	}
	for _, w := range l.Wrong {
		answered, err := v.put(l, w.Text)
		if err != nil {
			return nil, fmt.Errorf("wrong/%s: %w", w.Name, err)
		}
		all = append(all, v.engineTask(l, "wrong/"+w.Name+" fails as it should", answered, mustFail(w.Want)))
	}
	for _, r := range l.Right {
		answered, err := v.put(l, r.Text)
		if err != nil {
			return nil, fmt.Errorf("right/%s: %w", r.Name, err)
		}
		all = append(all, v.engineTask(l, "right/"+r.Name+" passes", answered, mustPass))
	}
	if l.Mutate {
		mutants, err := v.mutants(l)
		if err != nil {
			return nil, err
		}
		all = append(all, mutants...)
	}
	return all, nil
}

// engineTask is a proof about an engine.
func (v *verifier) engineTask(l labs.Lab, what string, changed sources, judge verdict) task {
	return task{l.Lesson(), "lab " + l.ID + ": " + what, func(ctx context.Context) (string, error) {
		built, err := v.build(ctx, changed, l)
		if r, ok := labs.Uncompiled(l, err, v.Scripts); ok {
			return judge(l, []testscripts.Report{r})
		}
		if err != nil {
			return "", err
		}
		defer os.RemoveAll(filepath.Dir(built.Engine))
		return v.try(ctx, l, built, judge)
	}, v.ofBuild(l, changed)}
}

// try checks a lab with what was built for it.
func (v *verifier) try(ctx context.Context, l labs.Lab, built labs.Built, judge verdict) (string, error) {
	options := world.Options{Programs: built.Tests}
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
	return judge(l, reports)
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
	overlay.Replace = map[string]string{}
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

// cut returns the files of the untouched starter.
func (v *verifier) cut(l labs.Lab) (sources, error) {
	return v.change(l, func(src []byte, a decl.Address) ([]byte, error) {
		out, _, err := decl.Cut(src, a.Name, l.Todo)
		return out, err
	})
}

// put returns the files with the declarations of an answer in the place of the
// reference's. The answer is a Go file without a package clause.
func (v *verifier) put(l labs.Lab, answer string) (sources, error) {
	whole := []byte("package answer\n\n" + answer)
	return v.change(l, func(src []byte, a decl.Address) ([]byte, error) {
		piece, err := decl.Get(whole, a.Name)
		var missing *decl.NotFoundError
		if errors.As(err, &missing) {
			return src, nil // the answer leaves it as it is
		}
		if err != nil {
			return nil, err
		}
		return decl.Put(src, a.Name, piece.Text, piece.Imports...)
	})
}

// change applies a change to each declaration that a lab cuts.
func (v *verifier) change(l labs.Lab, to func([]byte, decl.Address) ([]byte, error)) (sources, error) {
	changed := sources{}
	for _, text := range l.Cut {
		a, file, src, err := v.find(text)
		if err != nil {
			return nil, err
		}
		if already, ok := changed[file]; ok {
			src = already
		}
		if changed[file], err = to(src, a); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// find returns the file that holds a declaration.
func (v *verifier) find(address string) (decl.Address, string, []byte, error) {
	a, err := decl.ParseAddress(address)
	if err != nil {
		return a, "", nil, err
	}
	d, err := decl.Find(v.module, a)
	if err != nil {
		return a, "", nil, err
	}
	src, err := fs.ReadFile(v.module, d.File)
	return a, d.File, src, err
}

// mutants are the proofs that each statement of the cut code counts. Those that
// run only when something else has gone wrong are left out: no check can reach
// them without provoking the fault.
func (v *verifier) mutants(l labs.Lab) ([]task, error) {
	var all []task
	for _, text := range l.Cut {
		a, file, src, err := v.find(text)
		if err != nil {
			return nil, err
		}
		if src, err = format.Source(src); err != nil {
			return nil, err
		}
		mutations, err := decl.Mutations(src, a.Name)
		if err != nil {
			return nil, err
		}
		for _, m := range mutations {
			if m.Src == nil || m.Refused != "" || m.OnError || bytes.Equal(m.Src, src) {
				continue
			}
			first, _, _ := strings.Cut(strings.TrimSpace(m.Text), "\n")
			what := fmt.Sprintf("without line %d of %s it fails: %s", m.Line, file, first)
			all = append(all, v.engineTask(l, what, sources{file: m.Src}, mustFail("")))
		}
	}
	return all, nil
}
