package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"drydock/labs"
	"drydock/lessons/render"
)

// answerCommand takes what the learner says that the cause of a fault is.
func answerCommand(t *tutor) *cobra.Command {
	var which string
	var list bool
	cmd := &cobra.Command{
		Use:   `answer "CAUSE"`,
		Short: "say what is wrong in a fix lab, in your own words",
		Long: `Says what the cause of a fix lab's fault is, in your own words, e.g.
answer "courier is stopped"; without any, it asks. After three answers --list
shows causes to choose from: answer b.`,
		// An answer may begin with a dash: "--privileged on gate".
		DisableFlagParsing: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
				return cmd.Help()
			}
			if which, list, args = answerFlags(args); list && len(args) > 0 {
				return errors.New("--list shows causes to choose from: it goes without an answer")
			}
			l, err := t.learner().ToAnswer(cmd.Context(), which)
			if err == nil {
				err = t.learner().WasGiven(l)
			}
			if err != nil {
				return err
			}
			if list {
				return t.listCauses(l)
			}
			if len(args) == 0 && t.isTerminal() && t.session == nil {
				args = []string{promptAnswer(cmd.Context(), t.in, t.out)}
			}
			said := strings.TrimSpace(strings.Join(args, " "))
			if said == "" {
				return fmt.Errorf("say what the cause is: answer \"…\"; %s", strings.TrimSpace(l.Ask))
			}
			return t.answer(l, said)
		},
	}
	cmd.Flags().StringVar(&which, "lab", "", "of lab `LAB`, not of the one that is open")
	cmd.Flags().BoolVar(&list, "list", false, "show causes to choose from")
	return cmd
}

// answerFlags takes those words of a command line that are flags of answer; all
// others are the learner's, whatever they begin with.
func answerFlags(line []string) (lab string, list bool, words []string) {
	for n := 0; n < len(line); n++ {
		named, isNamed := strings.CutPrefix(line[n], "--lab=")
		switch {
		case line[n] == "--":
			return lab, list, append(words, line[n+1:]...)
		case line[n] == "--list":
			list = true
		case isNamed:
			lab = named
		case line[n] == "--lab" && n+1 < len(line):
			n++
			lab = line[n]
		default:
			words = append(words, line[n])
		}
	}
	return lab, list, words
}

// promptAnswer asks for the cause: what is typed here needs no quotes. Who says
// nothing, or goes, has said "".
func promptAnswer(ctx context.Context, in, out *os.File) string {
	l, err := newLines(ctx, in)
	if err != nil {
		return ""
	}
	defer l.close()
	if term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(out, "The cause is: ")
	}
	line, err := l.next()
	if err != nil {
		return ""
	}
	return line
}

// answer keeps what was said, and says what it is worth.
func (t *tutor) answer(l labs.Lab, said string) error {
	a, err := t.learner().Answer(l, said)
	switch {
	case err != nil && t.learner().InExam():
		t.onRecord(err)
	case err != nil:
		t.warn(err.Error())
	}
	if a.Right {
		fmt.Fprintln(t.out, "That is the cause. Whether it is repaired: check")
		return nil
	}
	fmt.Fprint(t.out, render.Text(a.Say, t.style(false)))
	if a.List {
		fmt.Fprintln(t.out, "If you lack the words: answer --list")
	}
	return codeNotYet
}

// listCauses shows what could be wrong, with letters.
func (t *tutor) listCauses(l labs.Lab) error {
	causes, err := t.learner().Causes(l)
	if err != nil {
		return err
	}
	fmt.Fprintln(t.out, "One of these is the cause; `answer a` chooses the first:")
	for n, cause := range causes {
		fmt.Fprintf(t.out, "  %c) %s\n", 'a'+n, cause)
	}
	return nil
}
