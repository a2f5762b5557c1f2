package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"drydock/labs"
	"drydock/labs/session"
	"drydock/lessons/render"
	"drydock/testscripts"
)

// What check ends with, and what others do that can say as much.
const (
	codeNotYet   = exitCode(session.NotYet)
	codeNoAnswer = exitCode(session.NoAnswer)
)

// checkCommand says whether a lab, or all those of a lesson, are done.
func checkCommand(t *tutor) *cobra.Command {
	var watch, asJSON bool
	cmd := &cobra.Command{
		Use:   "check [LAB|LESSON]",
		Short: "see whether you did it, and if not, what is missing",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			which, err := t.learner().ToCheck(cmd.Context(), named(args))
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
			outcome := t.check(cmd.Context(), which, show)
			if len(args) == 0 && !asJSON && cmd.Context().Err() == nil {
				t.tellNext(outcome)
				t.tellOthers(which[0], outcome)
			}
			return ended(outcome)
		},
	}
	cmd.Flags().BoolVar(&watch, "watch", false, "check again whenever something changes, until it passes")
	cmd.Flags().BoolVar(&t.plain, "plain", false, "break no line: for screen readers")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as JSON")
	return cmd
}

// check checks once, shows and records what came of it, and says how it ended.
func (t *tutor) check(ctx context.Context, which []labs.Lab, show func(io.Writer, []session.Checked)) session.Outcome {
	done := t.sayThatItWaits(which)
	all, troubles := t.learner().Check(ctx, which)
	if done(); ctx.Err() != nil {
		t.warn("the check was called off: it has found nothing out")
		return session.NoAnswer
	}
	for _, trouble := range troubles {
		t.warn(trouble.Error())
	}
	unrecorded := t.learner().Note(all)
	if len(all) > 0 {
		show(t.out, all)
	}
	if unrecorded != nil {
		t.unrecorded(unrecorded)
	}
	return session.Verdict(all, append(troubles, unrecorded)...)
}

// sayThatItWaits says so to a person where a check takes time, as one does that goes on
// looking for what is not there yet, unless what it returns is called before.
func (t *tutor) sayThatItWaits(which []labs.Lab) (done func()) {
	longest := time.Duration(0)
	for _, l := range which {
		if l.Kind != labs.Build { // of that, compiling is what takes long
			longest = max(longest, session.Patience(l))
		}
	}
	if !t.isTerminal() || longest == 0 {
		return func() {}
	}
	late := time.AfterFunc(time.Second, func() {
		fmt.Fprintf(t.err, "Still looking, for %s at most.\n", longest)
	})
	return func() { late.Stop() }
}

// ended is what a program ends with after checks that came to o.
func ended(o session.Outcome) error {
	if o == session.Done {
		return nil
	}
	return exitCode(o)
}

func (t *tutor) unrecorded(err error) { t.warn("this is not recorded: " + err.Error()) }

// watch checks again and again, and prints what changed, until all is passed.
func (t *tutor) watch(ctx context.Context, which []labs.Lab, show func(io.Writer, []session.Checked)) error {
	ctx, done := t.whileSeen(ctx)
	defer done()
	passed := t.learner().Watch(ctx, which, session.Onlooker{
		Changed:    func(all []session.Checked) { show(t.out, all) },
		Trouble:    func(err error) { t.warn(err.Error()) },
		Unrecorded: t.unrecorded,
		Waiting:    func() { t.warn("looking on, until it passes; Ctrl-C ends that") },
	})
	if !passed {
		return codeNotYet
	}
	return nil
}

// whileSeen is a context that ends when the terminal is closed which somebody looks on
// in. No signal need come then: with `su -` between, only su hears of it.
func (t *tutor) whileSeen(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if !t.isTerminal() {
		return ctx, cancel
	}
	go func() {
		defer cancel()
		for ctx.Err() == nil {
			// A terminal without its other end has hung up, which poll(2) tells unasked.
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(t.out.Fd())}}, 1000)
			if n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
				return
			}
		}
	}()
	return ctx, cancel
}

func printJSON(w io.Writer, all []session.Checked) {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.Encode(map[string]any{"labs": all})
}

// printChecked prints a line a check, and for one that failed what it saw. The
// marks are words, which can be heard as well as read.
func (t *tutor) printChecked(w io.Writer, all []session.Checked) {
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
