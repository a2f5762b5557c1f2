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
	"drydock/labs/fault"
	"drydock/labs/progress"
	"drydock/lessons/render"
)

// triesBeforeList is how many typed answers come before the list of causes:
// whoever cannot find the words has to be able to go on.
const triesBeforeList = 3

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
			l, err := t.labToAnswer(cmd.Context(), which)
			if err == nil {
				err = t.wasGiven(l)
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

// labToAnswer is the fix lab that was named, that is open, or that the current
// lesson has.
func (t *tutor) labToAnswer(ctx context.Context, which string) (labs.Lab, error) {
	if which != "" || t.session != nil && t.session.broken != nil {
		var args []string
		if which != "" {
			args = []string{which}
		}
		l, err := t.lab(ctx, args)
		if err == nil && l.Kind != labs.Fix {
			err = fmt.Errorf("lab %s asks for no cause: nothing is broken in it", l.ID)
		}
		return l, err
	}
	all, err := labs.Labs()
	if err != nil {
		return labs.Lab{}, err
	}
	current, err := t.current()
	if err != nil {
		return labs.Lab{}, err
	}
	for _, l := range labs.Of(all, current.ID) {
		if l.Kind == labs.Fix {
			return t.seeded(l), nil
		}
	}
	return labs.Lab{}, fmt.Errorf("lesson %s has no fix lab", current.ID)
}

// answer judges what was said, keeps it, and says what it is worth.
func (t *tutor) answer(l labs.Lab, said string) error {
	if t.session != nil && t.session.exam != nil {
		return t.examAnswer(l, said)
	}
	seed := t.faultSeed(l)
	fromList := false
	verdict := fault.Verdict{}
	if cause, ok := t.chosen(l, said); ok {
		said, fromList = cause, true
		verdict = fault.Verdict{Right: cause == l.Fault(seed).Choice, Say: "That is not the cause."}
	} else {
		verdict = l.Fault(seed).Judge(said, l.Faults)
	}
	tries := 0
	t.recordLab(l, func(lab *progress.Lab) {
		lab.Give(seed)
		lab.Fault.Say(said, verdict.Right, fromList, t.now())
		tries = len(lab.Fault.Told)
	})
	if verdict.Right {
		fmt.Fprintln(t.out, "That is the cause. Whether it is repaired: check")
		return nil
	}
	fmt.Fprint(t.out, render.Text(verdict.Say, t.style(false)))
	if tries >= triesBeforeList && !fromList {
		fmt.Fprintln(t.out, "If you lack the words: answer --list")
	}
	return codeNotYet
}

// chosen is the cause that a letter names, once the list may be seen.
func (t *tutor) chosen(l labs.Lab, said string) (string, bool) {
	choices := fault.Choices(l.Faults, l.Decoys, t.faultSeed(l))
	if len(said) != 1 || t.told(l) < triesBeforeList {
		return "", false
	}
	at := int(strings.ToLower(said)[0]) - 'a'
	if at < 0 || at >= len(choices) {
		return "", false
	}
	return choices[at], true
}

// told is how many answers were given on the learner's fault.
func (t *tutor) told(l labs.Lab) int {
	state := t.state()
	if f := state.Lesson(l.Lesson()).Lab(l.ID).Fault; f != nil && f.Seed == t.faultSeed(l) {
		return len(f.Told)
	}
	return 0
}

// listCauses shows what could be wrong, with letters.
func (t *tutor) listCauses(l labs.Lab) error {
	switch tries := t.told(l); {
	case t.session != nil && t.session.exam != nil:
		return fmt.Errorf("there is no list in an exam")
	case tries < triesBeforeList:
		return fmt.Errorf("the list comes after %d answers in your own words; so far you have given %d", triesBeforeList, tries)
	}
	fmt.Fprintln(t.out, "One of these is the cause; `answer a` chooses the first:")
	for n, cause := range fault.Choices(l.Faults, l.Decoys, t.faultSeed(l)) {
		fmt.Fprintf(t.out, "  %c) %s\n", 'a'+n, cause)
	}
	return nil
}
