package labs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"drydock/labs/fault"
	"drydock/labs/world"
	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

// planted is where a sandbox says which lab's fault is in it, and by which seed.
// That is for drydock's own orders; what was repaired the check finds out from
// the kernel.
const planted = "/run/drydock-lab"

// completeFix says what a fix lab lacks.
func (l *Lab) completeFix() error {
	switch {
	case len(l.Faults) < 2:
		return fmt.Errorf("a fix lab has at least two faults: with one, there is nothing to find out")
	case l.Ask == "":
		return fmt.Errorf("ask is needed: what has an answer to name?")
	case len(l.Scripts) > 0 || l.Solution != "" || len(l.Right) > 0:
		return fmt.Errorf("script, solution.sh and right/ belong to a fix lab's faults")
	}
	for _, w := range l.Wrong {
		switch {
		case w.world() == "":
			return fmt.Errorf("wrong/%s belongs to a fault: for the lab as a whole there are %s", w.Name, strings.Join(Worlds, ", "))
		case w.Fault != "" && !slices.ContainsFunc(l.Faults, func(f fault.Fault) bool { return f.Name == w.Fault }):
			return fmt.Errorf("wrong/%s: no fault is called %s", w.Name, w.Fault)
		}
	}
	return nil
}

// Seeded returns a fix lab with the fault that a seed gives: its hints follow the
// lab's own, and its solution is the lab's. Other labs stay as they are.
func (l Lab) Seeded(seed uint64) Lab {
	if l.Kind != Fix {
		return l
	}
	f := l.Fault(seed)
	l.Hints = slices.Concat(l.Hints, f.Hints)
	l.Solution = f.Solution
	return l
}

// Fault is what a seed breaks in a fix lab.
func (l Lab) Fault(seed uint64) fault.Fault { return fault.Pick(l.Faults, l.ID, seed) }

// Plant breaks a sandbox as a fix lab's seed says.
func Plant(ctx context.Context, w *world.World, l Lab, seed uint64) error {
	note := fmt.Sprintf("mkdir -p /run; echo '%s %d' > %s", l.ID, seed, planted)
	for _, commands := range []string{l.Setup, l.Fault(seed).Setup, note} {
		output, exit, err := w.Script(ctx, commands)
		if err != nil {
			return fmt.Errorf("preparing lab %s: %w", l.ID, err)
		}
		if exit != 0 {
			return fmt.Errorf("preparing lab %s: exit status %d: %s", l.ID, exit, strings.TrimSpace(output))
		}
	}
	return nil
}

// Planted returns the id and the seed of the fix lab whose fault is in a sandbox,
// "" where there is none.
func Planted(ctx context.Context, w *world.World) (id string, seed uint64, err error) {
	text, exit, err := w.Script(ctx, "cat "+planted)
	if err != nil || exit != 0 {
		return "", 0, err
	}
	id, number, _ := strings.Cut(strings.TrimSpace(text), " ")
	seed, err = strconv.ParseUint(number, 10, 64)
	return id, seed, err
}

// checkFix checks the repair of the fault that was planted, and that its cause
// was said.
func checkFix(ctx context.Context, l Lab, env Env) ([]testscripts.Report, error) {
	w, err := world.Attach(env.Control)
	var id string
	var seed uint64
	if err == nil {
		id, seed, err = Planted(ctx, w)
	}
	if err != nil && !errors.Is(err, sandbox.ErrEnded) {
		return nil, err
	}
	if id != l.ID {
		return nil, fmt.Errorf("it is not open: `drydock start %s` opens a sandbox in which something is broken", l.ID)
	}
	return JudgeFix(ctx, l, w, Said{Seed: seed, Cause: env.Cause(seed)})
}

// Said is what is known of a learner's work on a fault beside the sandbox.
type Said struct {
	Seed  uint64
	Cause bool // they have said what it is
}

// JudgeFix checks a repair in a world, and that the cause was said.
func JudgeFix(ctx context.Context, l Lab, w *world.World, said Said) ([]testscripts.Report, error) {
	script := testscripts.Script{Name: l.Name(), Text: l.Fault(said.Seed).Check + "\n" + l.Check}
	repair, err := w.Check(ctx, script, testscripts.Options{Timeout: scriptTime})
	if err != nil {
		return nil, fmt.Errorf("checking lab %s: %w", l.ID, err)
	}
	return []testscripts.Report{repair, causeReport(l, said.Cause)}, nil
}

// causeReport is the part of a fix lab's check that no look at the kernel gives.
func causeReport(l Lab, said bool) testscripts.Report {
	c := testscripts.Check{Title: "You have said what the cause is", Reached: true, OK: said}
	if !said {
		c.Looked = "your answers"
		c.Found = "none that is right"
		c.Expected = `answer "…": ` + strings.TrimSpace(l.Ask)
	}
	return testscripts.Report{Script: "cause", Checks: []testscripts.Check{c}}
}

// FaultNamed is a lab's fault of that name, none where there is none.
func (l Lab) FaultNamed(name string) fault.Fault {
	for _, f := range l.Faults {
		if f.Name == name {
			return f
		}
	}
	return fault.Fault{}
}
