package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
)

// progressCommand tells how far the learner is, lab by lab.
func progressCommand(t *tutor) *cobra.Command {
	var export, name string
	cmd := &cobra.Command{
		Use:   "progress",
		Short: "show how far you are, lab by lab",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			if export != "" {
				return t.exportProgress(export, name)
			}
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			state, err := t.loaded()
			if err != nil {
				return err
			}
			t.printProgress(all, &state)
			return nil
		},
	}
	cmd.Flags().BoolVar(&t.plain, "plain", false, "without indentation, for screen readers")
	if t.session != nil {
		return cmd // an export is a file outside
	}
	cmd.Flags().StringVar(&export, "export", "", "write it to `FILE` for a teacher, - for standard output")
	cmd.Flags().StringVar(&name, "name", "", "in the export, be called `NAME`")
	return cmd
}

// printProgress prints the lessons that were begun. Lessons that this
// program does not know stay in the file and are not shown.
func (t *tutor) printProgress(all []lessons.Lesson, s *progress.State) {
	indent, begun := "  ", 0
	if t.plain {
		indent = ""
	}
	for _, l := range all {
		record := s.Lessons[l.ID]
		if record == nil {
			continue
		}
		begun++
		line := fmt.Sprintf("%s: %s", l.ID, mark(l, s))
		if record.Step > 0 { // an exam has labs of lessons that were never opened
			line += fmt.Sprintf(", step %d of %d", record.Step, len(l.Steps))
		}
		if l.ID == s.Current {
			line += ", the current lesson"
		}
		t.say("%s\n", line)
		for _, lab := range l.Labs() {
			t.sayAt(indent+"lab ", lab.ID+": "+describeLab(record.Labs[lab.ID]))
		}
	}
	if begun == 0 {
		t.say("No lesson opened yet: `%s` lists them.\n", t.typed("lessons"))
		return
	}
	fmt.Fprintf(t.out, "%d of %d lessons begun\n", begun, len(all))
}

// describeLab says in words what is known about a lab.
func describeLab(lab *progress.Lab) string {
	if lab == nil || lab.Status == progress.NotStarted {
		return "not started"
	}
	text := string(lab.Status)
	if lab.Status == progress.Passed && !lab.PassedAt.IsZero() {
		text += " on " + lab.PassedAt.Local().Format("2006-01-02")
	}
	text += fmt.Sprintf(", checks run: %d, hints shown: %d", lab.Attempts, lab.HintsShown)
	if lab.SolutionSeen {
		text += ", solution seen"
	}
	return text
}
