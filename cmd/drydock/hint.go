package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/world"
	"drydock/lessons/render"
	"drydock/mini-docker/sandbox"
)

// hintCommand shows the next hint of a lab: first a nudge, then a pointer,
// then the way.
func hintCommand(t *tutor) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "hint [LAB]",
		Short: "get the next hint for a lab",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := t.learner().Lab(cmd.Context(), named(args))
			if err == nil {
				err = t.learner().WasGiven(l)
			}
			if err != nil {
				return err
			}
			state := t.state()
			shown := state.Lesson(l.Lesson()).Lab(l.ID).Hinted()
			if shown >= len(l.Hints) {
				t.say("There are no more hints for %s. The last one was:\n\n", l.ID)
				t.sayHint(l.Hints[len(l.Hints)-1])
				t.say("\nThe solution: %s\n", t.typed("solution "+l.ID))
				return nil
			}
			t.say("%s, hint %d of %d:\n\n", l.ID, shown+1, len(l.Hints))
			t.sayHint(l.Hints[shown])
			t.rememberLab(l, (*progress.Lab).ShowHint)
			return nil
		},
	}
	cmd.Flags().BoolVar(&t.plain, "plain", false, "break no line: for screen readers")
	return cmd
}

// sayHint prints a hint as a page prints its prose, or, where lines are not to be
// broken, as it is written.
func (t *tutor) sayHint(hint string) {
	if t.columns(t.out) == 0 {
		fmt.Fprintln(t.out, strings.TrimSpace(hint))
		return
	}
	fmt.Fprint(t.out, render.Text(hint, t.style(false)))
}

// solutionCommand shows how a lab can be done: the commands, or the code, which
// it puts into the learner's tree.
func solutionCommand(t *tutor) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "solution [LAB]",
		Short: "see how a lab can be done",
		Long: `Shows how a lab can be done: the commands, or how your code of a build lab
becomes the reference's. It is put into your tree only where you say yes, or
with --yes; what you had written is kept.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := t.learner().Lab(cmd.Context(), named(args))
			if err != nil {
				return err
			}
			state := t.state()
			passed := state.Lesson(l.Lesson()).Lab(l.ID).Status == progress.Passed
			if !passed && !yes {
				if !t.confirm(fmt.Sprintf("%s is not passed yet. Show its solution all the same?", l.ID)) {
					return fmt.Errorf("%s is not passed yet; to see its solution all the same: drydock solution %[1]s --yes", l.ID)
				}
			}
			if l.Kind == labs.Build {
				err = t.solution(cmd.Context(), l, yes)
			} else {
				fmt.Fprintf(t.out, "One way to do %s:\n\n%s\n", l.ID, indented(l.Solution))
			}
			if err == nil {
				t.rememberLab(l, func(lab *progress.Lab) { lab.SeeSolution(t.now()) })
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether I am sure; a build lab's code is replaced")
	return cmd
}

// resetCommand makes a lab new: the sandbox of a do lab, the code of a build
// lab.
func resetCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "reset [LAB]",
		Short: "begin a lab again, with a new sandbox or the code as it was",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := t.learner().Lab(cmd.Context(), named(args))
			if err != nil {
				return err
			}
			if l.Kind == labs.Build {
				return t.resetTree(cmd.Context(), l)
			}
			return t.resetSandbox(cmd.Context(), l)
		},
	}
}

// resetSandbox has the process that opened the lesson's sandbox open a new one.
// That is this process when the command was typed inside; from another terminal
// the way to it leads through the sandbox.
func (t *tutor) resetSandbox(ctx context.Context, l labs.Lab) error {
	if t.session != nil && t.session.Lesson == l.Lesson() {
		t.session.Restart(t.learner().BrokenBy(l))
		return nil
	}
	control, err := t.learner().Control(l.Lesson())
	if err != nil {
		return err
	}
	w, err := world.Attach(control)
	if errors.Is(err, sandbox.ErrEnded) {
		fmt.Fprintf(t.out, "The sandbox of %s is not open: %s opens a new one.\n", l.Lesson(), t.typed("start "+l.Lesson()))
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.Exec(ctx, sandbox.Command{Args: []string{"drydock", "reset", l.ID}, Stdout: t.out})
	if errors.Is(err, sandbox.ErrEnded) {
		return nil // it took the one who asked with it
	}
	return t.learner().LostRoot(ctx, err, l.Lesson())
}

// confirm asks a person; nobody there is a no.
func (t *tutor) confirm(question string) bool {
	if !t.isTerminal() || t.session != nil {
		return false // the terminal belongs to the shell inside
	}
	fmt.Fprintf(t.out, "%s [y/N] ", question)
	answer, _ := bufio.NewReader(t.in).ReadString('\n')
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")
}

func indented(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}

// rememberLab changes what is known about a lab; that it cannot be kept is said.
func (t *tutor) rememberLab(l labs.Lab, change func(*progress.Lab)) {
	if err := t.learner().RecordLab(l, change); err != nil {
		t.warn(err.Error())
	}
}
