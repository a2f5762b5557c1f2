package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/lessons/render"
	"drydock/testscripts"
)

// What check ends with.
const (
	codeNotYet   exitCode = 1
	codeNoAnswer exitCode = 2
)

// watchEvery is how often check --watch looks.
const watchEvery = 500 * time.Millisecond

// checked is a lab with what its check found, as --json prints it.
type checked struct {
	ID      string               `json:"id"`
	Title   string               `json:"title"`
	Passed  bool                 `json:"passed"`
	Reports []testscripts.Report `json:"reports"`
	Cause   string               `json:"cause,omitempty"` // what a fix lab's fault was, once it is passed
	Same    bool                 `json:"same,omitempty"`  // a build lab's code is the reference's, word for word

	lab labs.Lab
}

// checkCommand says whether a lab, or all those of a lesson, are done.
func checkCommand(t *tutor) *cobra.Command {
	var watch, asJSON bool
	cmd := &cobra.Command{
		Use:   "check [LAB|LESSON]",
		Short: "see whether you did it, and if not, what is missing",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, err := t.labsToCheck(cmd.Context(), args)
			if err != nil {
				t.warn(err.Error())
				return codeNoAnswer
			}
			show := t.printChecked
			if asJSON {
				show = printJSON
			}
			if watch {
				return t.watch(cmd.Context(), which, show)
			}
			all, troubles := t.check(cmd.Context(), which)
			for _, trouble := range troubles {
				t.warn(trouble.Error())
			}
			unrecorded := t.recordChecked(all)
			if len(all) > 0 {
				show(t.out, all)
			}
			if unrecorded != nil {
				t.warn("this is not recorded: " + errors.Join(unrecorded...).Error())
			}
			if len(args) == 0 && !asJSON {
				t.tellOthers(which[0])
			}
			return verdict(all, append(troubles, unrecorded...))
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "check again whenever something changes, until it passes")
	cmd.Flags().BoolVar(&t.plain, "plain", false, "break no line: for screen readers")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// check checks labs, each for itself: what keeps one of them from a verdict is
// among the troubles, and the others are checked all the same.
func (t *tutor) check(ctx context.Context, which []labs.Lab) (all []checked, troubles []error) {
	for _, l := range which {
		c, err := t.checkOne(ctx, l)
		if err != nil {
			troubles = append(troubles, fmt.Errorf("lab %s cannot be checked: %w", l.ID, err))
			continue
		}
		all = append(all, c)
	}
	return all, troubles
}

func (t *tutor) checkOne(ctx context.Context, l labs.Lab) (checked, error) {
	env, err := t.labEnv(ctx, l)
	if err != nil {
		return checked{}, err
	}
	same := false
	env.Build = func(ctx context.Context, l labs.Lab) (built labs.Built, err error) {
		built, same, err = t.buildTree(ctx, l)
		return built, err
	}
	reports, err := labs.Check(ctx, l, env)
	if err != nil {
		return checked{}, t.lostRoot(ctx, err, l.Lesson())
	}
	for _, r := range reports {
		if r.Broken != "" {
			return checked{}, fmt.Errorf("script %s is at fault, not you: %s", r.Script, r.Broken)
		}
		if r.Skipped != "" {
			return checked{}, fmt.Errorf("%s; %s says what to do about it", r.Skipped, t.typed("doctor"))
		}
	}
	c := checked{ID: l.ID, Title: l.Title, Passed: labs.Passed(l, reports), Reports: reports, Same: same, lab: l}
	if c.Passed && l.Kind == labs.Fix {
		c.Cause = l.Fault(t.faultSeed(l)).Cause
	}
	return c, nil
}

// labEnv is where a lab of this learner is checked.
func (t *tutor) labEnv(ctx context.Context, l labs.Lab) (labs.Env, error) {
	control, err := t.controlOf(l.Lesson())
	if err != nil {
		return labs.Env{}, err
	}
	m, err := t.machine(ctx)
	if err != nil {
		return labs.Env{}, err
	}
	return labs.Env{
		Machine: m, Control: control, Scripts: testscripts.Load, Cause: t.causeKnown(l),
	}, nil
}

// recordChecked counts the attempts and notes what passed. The errors say that it
// could not.
func (t *tutor) recordChecked(all []checked) []error {
	if len(all) == 0 {
		return nil
	}
	if t.session != nil && t.session.exam != nil {
		// What is solved there the exam counts itself: the fault of the learner's own
		// in this lab is another.
		s := t.session.exam
		if err := s.exam.Checked(s.n); err != nil {
			return []error{err}
		}
		return nil
	}
	err := t.record(func(s *progress.State) {
		for _, c := range all {
			lab := s.Lesson(c.lab.Lesson()).Lab(c.lab.ID)
			if lab.Status == progress.NotStarted {
				lab.Status = progress.Started
			}
			lab.Attempts++
			if c.Passed {
				lab.Pass(t.now())
			}
		}
	})
	if err != nil {
		return []error{err}
	}
	return nil
}

// verdict is what check ends with: a lab that has failed says more than one
// without an answer.
func verdict(all []checked, troubles []error) error {
	for _, c := range all {
		if !c.Passed {
			return codeNotYet
		}
	}
	if len(troubles) > 0 {
		return codeNoAnswer
	}
	return nil
}

// watch checks again and again, and prints what changed, until all is passed.
func (t *tutor) watch(ctx context.Context, which []labs.Lab, show func(io.Writer, []checked)) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var before []checked
	said := ""
	told := false
	for {
		all, troubles := t.check(ctx, which)
		err := errors.Join(troubles...)
		if ctx.Err() != nil {
			return codeNotYet
		}
		if err != nil && err.Error() != said {
			said = err.Error()
			t.warn(said)
		}
		if !reflect.DeepEqual(findings(all), findings(before)) {
			show(t.out, all)
			if unrecorded := t.recordChecked(all); unrecorded != nil {
				t.warn("this is not recorded: " + errors.Join(unrecorded...).Error())
			}
			before = all
		}
		if verdict(all, troubles) == nil {
			return nil
		}
		if !told {
			told = true
			t.warn("looking on, until it passes; Ctrl-C ends that")
		}
		select {
		case <-ctx.Done():
			return codeNotYet
		case <-tick.C:
		}
	}
}

// findings are the parts of results that differ only when the world does: logs
// have times in them, and what was found may have process ids.
func findings(all []checked) (marks []bool) {
	for _, c := range all {
		for _, r := range c.Reports {
			for _, check := range r.Checks {
				marks = append(marks, check.OK)
			}
		}
	}
	return marks
}

func printJSON(w io.Writer, all []checked) {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(map[string]any{"labs": all})
}

// printChecked prints a line a check, and for one that failed what it saw. The
// marks are words, which can be heard as well as read.
func (t *tutor) printChecked(w io.Writer, all []checked) {
	columns := t.columns(w)
	for _, c := range all {
		fmt.Fprintln(w, render.Hang(c.ID+": ", c.Title, columns))
		passed, total := 0, 0
		for _, r := range c.Reports {
			for _, check := range r.Checks {
				total++
				if check.OK {
					passed++
				}
				check.Found = t.here(check.Found) // an error may say what to type
				printCheck(w, check, columns)
			}
		}
		if c.Passed {
			fmt.Fprintf(w, "Done: all %d checks passed.\n", total)
			if c.Same {
				fmt.Fprintln(w, "It is the reference's own code, word for word.")
			}
			t.tellCause(w, c.Cause)
			continue
		}
		verdict := fmt.Sprintf("Not yet: %d of %d checks passed.%s", passed, total, t.hintAt(c.ID))
		fmt.Fprintln(w, render.Fold(verdict, columns))
	}
}

func printCheck(w io.Writer, c testscripts.Check, columns int) {
	switch {
	case c.OK:
		fmt.Fprintln(w, render.Hang("  ok       ", c.Title, columns))
	case !c.Reached:
		fmt.Fprintln(w, render.Hang("  later    ", c.Title, columns))
	default:
		fmt.Fprintln(w, render.Hang("  not yet  ", c.Title, columns))
		for _, row := range []struct{ label, text string }{
			{"looked at", c.Looked}, {"found", c.Found}, {"expected", c.Expected}, {"that means", c.Meaning},
		} {
			if row.text != "" {
				fmt.Fprintln(w, render.Hang(fmt.Sprintf("           %-11s ", row.label), row.text, columns))
			}
		}
	}
}
