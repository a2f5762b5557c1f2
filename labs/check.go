package labs

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"drydock/labs/tree"
	"drydock/labs/world"
	"drydock/lessons/decl"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
	"drydock/testscripts/wait"
)

// scriptTime is what one script may take. A build lab's engine may hang for
// ever in a half-written function; then its block fails and says so.
const scriptTime = wait.Deadline

// Env is where a lab is checked.
type Env struct {
	Machine world.Machine

	// Control is the control socket of the learner's sandbox, which do and
	// fix labs are checked in.
	Control string

	// Cause is whether the learner has said what a fix lab's fault is that a seed
	// gives.
	Cause func(seed uint64) bool

	// Scripts finds what checks a lab.
	Scripts testscripts.Loader

	// Build compiles what a build lab is checked with: a mini-docker with what
	// the learner wrote, and the tests of some packages. Faults of the learner's
	// code are those errors that Uncompiled knows.
	Build func(ctx context.Context, l Lab) (Built, error)
}

// Built are the programs that were made of a learner's tree.
type Built struct {
	Engine string   // the path of mini-docker
	Tests  []string // the paths of test programs, each called TestName

	Remove func() error // removes them; nil: somebody else does
}

// TestName is what the program is called that runs the tests of a package,
// as `go test -c` calls it: rootfs.test for mini-docker/rootfs.
func TestName(pkg string) string { return path.Base(pkg) + ".test" }

// Check says whether a lab is done: one report for each of its scripts. The
// error is for what prevents a verdict.
func Check(ctx context.Context, l Lab, env Env) (_ []testscripts.Report, fault error) {
	if l.Kind == Fix {
		return checkFix(ctx, l, env)
	}
	if l.Kind != Build {
		w, err := world.Attach(env.Control)
		if errors.Is(err, sandbox.ErrEnded) {
			return nil, fmt.Errorf("the sandbox of lesson %s is not open: open it with `drydock start %[1]s`", l.Lesson())
		}
		if err != nil {
			return nil, err
		}
		return Judge(ctx, l, w, env.Scripts)
	}
	built, err := env.Build(ctx, l)
	if built.Remove != nil {
		defer func() { fault = errors.Join(fault, built.Remove()) }()
	}
	if r, ok := Uncompiled(l, err, env.Scripts); ok {
		return []testscripts.Report{r}, nil
	}
	if err != nil {
		return nil, err
	}
	w, err := env.Machine.Open(ctx, world.Options{Untutored: true, MiniDocker: built.Engine, Programs: built.Tests})
	if err != nil {
		return nil, err
	}
	reports, err := Judge(ctx, l, w, env.Scripts)
	if len(reports) > 0 { // how many checks there are does not change while one works
		reports[0].Checks = append([]testscripts.Check{{Title: compiles, OK: true, Reached: true}}, reports[0].Checks...)
	}
	return reports, errors.Join(err, w.Close())
}

// compiles is what is checked first of a build lab.
const compiles = "Your code compiles"

// Uncompiled is the report of a lab whose code makes no program: it does not
// compile, does not even parse, or lacks the declaration that the lab is about.
// ok is false when err says something else.
func Uncompiled(l Lab, err error, load testscripts.Loader) (r testscripts.Report, ok bool) {
	var build *tree.BuildError
	var syntax *decl.SyntaxError
	var gone *tree.GoneError
	if !errors.As(err, &build) && !errors.As(err, &syntax) && !errors.As(err, &gone) {
		return r, false
	}
	checks := []testscripts.Check{{
		Title: compiles, Reached: true,
		Looked: "go build ./cmd/mini-docker in your tree", Found: err.Error(), Expected: "a program",
	}}
	for _, name := range l.Scripts {
		if s, err := load(name); err == nil {
			checks = append(checks, testscripts.Unreached(s).Checks...)
		}
	}
	return testscripts.Report{Script: "compile", Checks: checks}, true
}

// Judge runs a lab's scripts in a world, in order, up to the first that does
// not pass; of the others it says what they would look at.
func Judge(ctx context.Context, l Lab, w *world.World, load testscripts.Loader) ([]testscripts.Report, error) {
	return judge(l, load, func(s testscripts.Script) (testscripts.Report, error) {
		return w.Check(ctx, s, testscripts.Options{Timeout: scriptTime})
	})
}

func judge(l Lab, load testscripts.Loader, check func(testscripts.Script) (testscripts.Report, error)) ([]testscripts.Report, error) {
	var reports []testscripts.Report
	passed := true
	for _, name := range l.Scripts {
		s, err := load(name)
		if err != nil {
			return reports, fmt.Errorf("lab %s: %w", l.ID, err)
		}
		if !passed {
			reports = append(reports, testscripts.Unreached(s))
			continue
		}
		r, err := check(s)
		if err != nil {
			return reports, fmt.Errorf("checking lab %s: %w", l.ID, err)
		}
		reports = append(reports, r)
		passed = r.Passed()
	}
	return reports, nil
}

// Passed reports whether a lab is done, given the reports of Check.
func Passed(l Lab, reports []testscripts.Report) bool {
	for _, r := range reports {
		if !r.Passed() {
			return false
		}
	}
	if l.Kind == Fix {
		return len(reports) == 2 // the repair, the cause
	}
	return len(reports) == len(l.Scripts)
}

// Furnish prepares a lesson's sandbox: it runs the setup of each of its labs. A
// fix lab has a sandbox to itself, see Plant.
func Furnish(ctx context.Context, w *world.World, ls []Lab) error {
	for _, l := range ls {
		if l.Setup == "" || l.Kind == Fix {
			continue
		}
		output, exit, err := w.Script(ctx, l.Setup)
		if err != nil {
			return fmt.Errorf("preparing lab %s: %w", l.ID, err)
		}
		if exit != 0 {
			return fmt.Errorf("preparing lab %s: exit status %d: %s", l.ID, exit, strings.TrimSpace(output))
		}
	}
	return nil
}
