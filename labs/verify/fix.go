package verify

import (
	"context"
	"fmt"
	"strings"

	"drydock/labs"
	"drydock/labs/fault"
	"drydock/labs/world"
)

// nonsense are answers that name no cause, whatever the fault.
var nonsense = []string{"I do not know", "something is broken", "a zombie", "a mount"}

// fixTasks are the proofs of a fix lab, for each of its faults.
func (v *verifier) fixTasks(l labs.Lab) ([]task, error) {
	all, err := v.fixWorlds(l)
	if err != nil {
		return nil, err
	}
	for _, f := range l.Faults {
		one := fixProof{v, l, f}
		all = append(all,
			one.task("a sandbox without it is not solved", "", false, mustFail("")),
			one.task("it is there, and knowing the cause is not enough", "", true, mustFail(f.Found)),
			one.task("the repair passes, and is not enough without the cause", f.Solution, true, mustPass()),
			task{lesson: l.Lesson(), what: one.what("answers are judged right"), run: func(context.Context) (string, error) {
				return strings.Join(misjudged(f, l.Faults), "\n"), nil
			}},
		)
		for _, w := range f.Wrong {
			all = append(all, one.task("wrong/"+w.Name+" fails as it should", w.Text, true, mustFail(w.Want)))
		}
		for _, r := range f.Right {
			all = append(all, one.task("right/"+r.Name+" passes", r.Text, true, mustPass()))
		}
	}
	return all, nil
}

// fixWorlds are the proofs about the worlds of a fix lab, each with one of its
// faults: what they try, the check does alike for all.
func (v *verifier) fixWorlds(l labs.Lab) ([]task, error) {
	var all []task
	for _, w := range l.Wrong {
		commands, err := v.after(w)
		if err != nil {
			return nil, err
		}
		f := l.Faults[0]
		for _, named := range l.Faults {
			if named.Name == w.Fault {
				f = named
			}
		}
		all = append(all, fixProof{v, l, f}.task("wrong/"+w.Name+" fails as it should", commands, true, mustFail(w.Want)))
	}
	return all, nil
}

// fixProof is one fault of a lab alone.
type fixProof struct {
	v     *verifier
	lab   labs.Lab
	fault fault.Fault
}

func (p fixProof) what(text string) string {
	return fmt.Sprintf("lab %s, fault %s: %s", p.lab.ID, p.fault.Name, text)
}

// task is a proof about a state of the sandbox in which the cause was said: with
// the fault or without it, after some commands. Where it has to pass, it also has
// to fail when the cause was not said.
func (p fixProof) task(what, commands string, broken bool, judge verdict) task {
	return task{p.lab.Lesson(), p.what(what), func(ctx context.Context) (string, error) {
		l := p.lab
		l.Faults = []fault.Fault{p.fault} // whatever the seed, it is this one
		w, err := p.v.Machine.Open(ctx, world.Options{Untutored: true, Patient: judge.passes})
		if err != nil {
			return "", err
		}
		defer w.Close()
		if broken {
			if err := labs.Plant(ctx, w, l, 1); err != nil {
				return "", err
			}
		}
		shell, err := w.Shell(ctx, commandTime)
		if err != nil {
			return "", err
		}
		defer shell.Close()
		typed, err := shell.Run(ctx, strings.TrimSpace(commands))
		if err != nil {
			return "", err
		}
		reports, err := labs.JudgeFix(ctx, l, w, labs.Said{Seed: 1, Cause: true})
		if err != nil {
			return "", err
		}
		problem, err := judge.of(l, reports)
		if problem != "" || err != nil || !labs.Passed(l, reports) {
			return afterwards(problem, typed), err
		}
		return withoutCause(ctx, l, w)
	}, p.v.ofState(p.lab)}
}

// withoutCause wants a repaired fault to fail for the cause alone.
func withoutCause(ctx context.Context, l labs.Lab, w *world.World) (string, error) {
	reports, err := labs.JudgeFix(ctx, l, w, labs.Said{Seed: 1})
	if err != nil {
		return "", err
	}
	if !reports[0].Passed() {
		return "it passes once and not again:\n" + reports[0].Log, nil
	}
	return mustFail(strings.TrimSpace(l.Ask)).of(l, reports)
}

// misjudged tries answers on a fault: its own have to be right, those of the
// others wrong, as is what names nothing, names everything, or comes near.
func misjudged(f fault.Fault, all []fault.Fault) []string {
	var problems []string
	for _, answer := range f.Answers {
		if v := f.Judge(answer, all); !v.Right {
			problems = append(problems, fmt.Sprintf("refuses its answer %q: %s", answer, v.Say))
		}
	}
	wrong := append([]string{}, nonsense...)
	for _, other := range all {
		if other.Name != f.Name {
			wrong = append(wrong, other.Answers...)
			wrong = append(wrong, f.Answers[0]+", or "+other.Answers[0])
		}
	}
	for _, answer := range wrong {
		if f.Judge(answer, all).Right {
			problems = append(problems, fmt.Sprintf("accepts %q", answer))
		}
	}
	return append(problems, unheard(f, all)...)
}

// unheard are the near answers whose reply nobody gets to read. A near answer is
// tried by the words of its own pattern.
func unheard(f fault.Fault, all []fault.Fault) []string {
	var problems []string
	for _, near := range f.Near {
		if v := f.Judge(near.Try, all); v.Right || v.Say != near.Say {
			problems = append(problems, fmt.Sprintf("to %q it replies %q, right: %v", near.Try, v.Say, v.Right))
		}
	}
	return problems
}
