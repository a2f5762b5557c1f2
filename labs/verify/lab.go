package verify

import (
	"context"
	"fmt"
	"strings"

	"drydock/labs"
	"drydock/labs/console"
	"drydock/testscripts"
)

// labTasks are the proofs of a lab.
func (v *verifier) labTasks(ctx context.Context, l labs.Lab) ([]task, error) {
	complete := v.answerTasks(l)
	if l.Kind == labs.Build {
		all, err := v.buildTasks(ctx, l)
		return append(complete, all...), err
	}
	if l.Kind == labs.Fix {
		all, err := v.fixTasks(l)
		return append(complete, all...), err
	}
	all := append(complete,
		v.stateTask(l, "the empty world fails", "", false, mustFail("")),
		v.stateTask(l, "the solution passes", l.Solution, true, mustPass()),
	)
	if l.Setup != "" {
		all = append(all, v.stateTask(l, "the untouched starter fails", "", true, mustFail("")))
	}
	for _, w := range l.Wrong {
		commands, err := v.after(w)
		if err != nil {
			return nil, err
		}
		all = append(all, v.stateTask(l, "wrong/"+w.Name+" fails as it should", commands, true, mustFail(w.Want)))
	}
	for _, r := range l.Right {
		all = append(all, v.stateTask(l, "right/"+r.Name+" passes", r.Text, true, mustPass()))
	}
	return all, nil
}

// answerTasks are the proofs that a lab has the answers which it has to have, and
// one that never fails for each world that means nothing for it, so that the reason
// is read.
func (v *verifier) answerTasks(l labs.Lab) []task {
	all := []task{{lesson: l.Lesson(), what: "lab " + l.ID + ": it has a wrong answer for each world, and right ones",
		run: func(context.Context) (string, error) {
			if lacking := l.Lacking(); len(lacking) > 0 {
				return fmt.Sprintf("%s lacks %s", l.Path, strings.Join(lacking, ", ")), nil
			}
			return "", nil
		}}}
	for _, world := range labs.Worlds {
		if reason := l.Without[world]; reason != "" {
			what := fmt.Sprintf("lab %s: it is without wrong/%s: %s", l.ID, world, reason)
			all = append(all, task{lesson: l.Lesson(), what: what, run: func(context.Context) (string, error) { return "", nil }})
		}
	}
	return all
}

// after are the commands of a wrong answer, after those of the lab that it is with.
func (v *verifier) after(w labs.Wrong) (string, error) {
	if w.With == "" {
		return w.Text, nil
	}
	other, err := labs.Pick(v.Labs, w.With)
	if err == nil && other.Kind != labs.Do {
		err = fmt.Errorf("lab %s is not done by commands", other.ID)
	}
	if err != nil {
		return "", fmt.Errorf("wrong/%s: %w", w.Name, err)
	}
	return strings.Join([]string{other.Setup, other.Solution, w.Text}, "\n"), nil
}

// stateTask is a proof about a state of the sandbox: commands are typed into a
// shell, as a learner would, and the check looks while that shell is there.
func (v *verifier) stateTask(l labs.Lab, what, commands string, setup bool, judge verdict) task {
	return task{l.Lesson(), "lab " + l.ID + ": " + what, func(ctx context.Context) (string, error) {
		options := v.room(l.Lesson())
		options.Untutored, options.Patient = true, judge.passes
		w, err := v.Machine.Open(ctx, options)
		if unable(err) {
			return "", skipped{err.Error()}
		}
		if err != nil {
			return "", err
		}
		defer w.Close()
		if setup {
			if err := labs.Furnish(ctx, w, []labs.Lab{l}); err != nil {
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
		reports, err := labs.Judge(ctx, l, w, v.Scripts)
		if err != nil {
			return "", err
		}
		problem, err := judge.of(l, reports)
		return afterwards(problem, typed), err
	}, v.ofState(l)}
}

// afterwards adds to what is wrong what the commands before it printed: one of them
// may have failed.
func afterwards(problem string, typed console.Result) string {
	if problem == "" || len(typed.Output) == 0 {
		return problem
	}
	return problem + "\nThe commands before it printed:\n" + strings.Join(typed.Output, "\n")
}

// verdict is what the reports of a check must come to.
type verdict struct {
	passes bool   // or fails,
	want   string // where it shows this
}

// mustPass wants every script to pass.
func mustPass() verdict { return verdict{passes: true} }

// mustFail wants a failure that shows the text want.
func mustFail(want string) verdict { return verdict{want: want} }

// of returns what is wrong with the reports.
func (v verdict) of(l labs.Lab, reports []testscripts.Report) (problem string, err error) {
	if err := sound(reports); err != nil {
		return "", err
	}
	switch passed := labs.Passed(l, reports); {
	case passed == v.passes && (passed || shows(reports, v.want)):
		return "", nil
	case passed:
		return "it passes", nil
	case v.passes:
		return "it fails:\n" + logs(reports), nil
	default:
		return fmt.Sprintf("it fails, but nowhere says %q:\n%s", v.want, logs(reports)), nil
	}
}

// shows says whether a check that failed shows the text want.
func shows(reports []testscripts.Report, want string) bool {
	for _, r := range reports {
		for _, c := range r.Checks {
			if c.Reached && !c.OK && strings.Contains(shown(c), want) {
				return true
			}
		}
	}
	return false
}

// logs is all that was run and printed.
func logs(reports []testscripts.Report) string {
	var all strings.Builder
	for _, r := range reports {
		all.WriteString(r.Log)
	}
	return all.String()
}

// shown is what a learner reads of a failed check.
func shown(c testscripts.Check) string {
	return strings.Join([]string{c.Title, c.Looked, c.Found, c.Expected, c.Meaning}, "\n")
}

// sound reports scripts that gave no verdict.
func sound(reports []testscripts.Report) error {
	for _, r := range reports {
		if r.Broken != "" {
			return fmt.Errorf("script %s is broken: %s", r.Script, r.Broken)
		}
		if r.Skipped != "" {
			return skipped{fmt.Sprintf("script %s: %s", r.Script, r.Skipped)}
		}
	}
	return nil
}
