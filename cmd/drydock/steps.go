package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drydock/lessons"
)

// stepsCommand is the table of contents of the lesson the learner is in.
func stepsCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:   "steps",
		Short: "list the steps of the lesson you are in",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := t.current()
			if err != nil {
				return err
			}
			state := t.state()
			t.printSteps(l, state.Lesson(l.ID).Step)
			return nil
		},
	}
}

// printSteps lists steps with their numbers, as next takes them.
func (t *tutor) printSteps(l lessons.Lesson, here int) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "STEP\tTITLE\tKIND")
	for i, s := range l.Steps {
		mark := ""
		if i+1 == here {
			mark = "you are here"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", i+1, s.Title, kindWord(s.Kind), mark)
	}
	w.Flush() // a builder takes all
	for line := range strings.Lines(table.String()) {
		fmt.Fprintln(t.out, strings.TrimRight(line, " \n"))
	}
	next := t.typed("next STEP")
	if t.session != nil {
		next = "next STEP" // one of the short names
	}
	t.say("\n%s goes to one.\n", next)
}

// kindWord is what a step is for, "" where the title says it.
func kindWord(k lessons.StepKind) string {
	if k == lessons.LabStep {
		return "lab"
	}
	return ""
}
