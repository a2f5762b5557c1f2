package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/lessons/render"
)

// progressCommand tells how far the learner is, lab by lab.
func progressCommand(t *tutor) *cobra.Command {
	var export, name string
	cmd := &cobra.Command{
		Use:   "progress",
		Short: "show how far you are, lab by lab",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if export != "" {
				return t.exportProgress(export, name)
			}
			if _, err := t.loaded(); err != nil {
				return err
			}
			o, err := t.overview(cmd.Context())
			if err != nil {
				return err
			}
			if !slices.ContainsFunc(o.standings, session.Standing.Begun) {
				t.say("No lesson opened yet: `%s` lists them.\n", t.typed("lessons"))
				return nil
			}
			if columns := render.Columns(t.out); t.plain || columns > 0 && columns < tableWidth {
				t.listProgress(o)
			} else {
				fmt.Fprint(t.out, tableProgress(o))
			}
			t.sumUp(o)
			return nil
		},
	}
	cmd.Flags().BoolVar(&t.plain, "plain", false, "sentences instead of a table, for screen readers")
	if t.session != nil {
		return cmd // an export is a file outside
	}
	cmd.Flags().StringVar(&export, "export", "", "write it to `FILE` for a teacher, - for standard output")
	cmd.Flags().StringVar(&name, "name", "", "in the export, be called `NAME`")
	return cmd
}

// tableProgress sets the lessons that were begun in columns, with their labs and
// questions. Lessons that this program does not know stay in the file and are not
// shown.
func tableProgress(o overview) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	row("LESSON OR LAB", "PROGRESS", "ON", "CHECKS", "HINTS", "SOLUTION")
	for _, s := range o.standings {
		if !s.Begun() {
			continue
		}
		here := ""
		if s.Current {
			here = ", you are here"
		}
		row(s.Lesson.ID, cmp.Or(s.Word(), "-")+here)
		for _, l := range s.Labs {
			on, seen := "", ""
			if !l.Record.PassedAt.IsZero() {
				on = l.Record.PassedAt.Local().Format("2006-01-02")
			}
			if l.Record.SolutionSeen {
				seen = "seen"
			}
			row("  "+l.Name(), cmp.Or(l.Word(), "-"), on, strconv.Itoa(l.Record.Attempts), strconv.Itoa(l.Record.HintsShown), seen)
		}
		if s.Questions > 0 {
			row("  questions", fmt.Sprintf("%d of %d right", s.Right, s.Questions))
		}
	}
	w.Flush() // a builder takes all
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return out.String()
}

// listProgress says the same in sentences.
func (t *tutor) listProgress(o overview) {
	for _, s := range o.standings {
		if !s.Begun() {
			continue
		}
		line := s.Lesson.ID + ": " + cmp.Or(s.Word(), "opened")
		if s.Current {
			line += ", the current lesson"
		}
		t.say("%s\n", line)
		for _, l := range s.Labs {
			t.sayAt("lab ", l.ID+": "+describeLab(l))
		}
		if s.Questions > 0 {
			t.say("questions of %s: %d of %d right\n", s.Lesson.ID, s.Right, s.Questions)
		}
	}
}

// sumUp counts, and says what is left of a lesson that was read to its end.
func (t *tutor) sumUp(o overview) {
	begun, done := 0, 0
	for _, s := range o.standings {
		if s.Begun() {
			begun++
		}
		if s.Done() {
			done++
		}
	}
	t.say("%d of %d lessons begun, %d done\n", begun, len(o.standings), done)
	for _, s := range o.standings {
		if left := s.Left(); s.Ended && len(left) > 0 {
			t.say("%s was read; left in it: %s\n", s.Lesson.ID, strings.Join(left, ", "))
		}
	}
}

// describeLab says in words what is known about a lab.
func describeLab(l session.LabStanding) string {
	lab := l.Record
	if l.Status == progress.NotStarted {
		return cmp.Or(l.Word(), "not started")
	}
	text := l.Word()
	if lab.Status == progress.Passed && !lab.PassedAt.IsZero() {
		text += " on " + lab.PassedAt.Local().Format("2006-01-02")
	}
	text += fmt.Sprintf(", checks run: %d, hints shown: %d", lab.Attempts, lab.HintsShown)
	if lab.SolutionSeen {
		text += ", solution seen"
	}
	return text
}
