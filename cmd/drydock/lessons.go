package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
	"drydock/lessons/render"
	"drydock/mini-docker/sandbox"
)

// lessonsCommand lists the lessons and how far the learner is in each.
func lessonsCommand(t *tutor) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "lessons",
		Short: "list the lessons and how far you are",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			o := overview{all, t.state(), t.examine(cmd.Context())}
			table := tableLessons(o)
			if columns := render.Columns(t.out); t.plain || columns > 0 && columns < render.Width(table) {
				t.listLessons(o)
				return nil
			}
			_, err = t.out.WriteString(table)
			return err
		},
	}
	cmd.Flags().BoolVar(&t.plain, "plain", false, "one sentence a lesson, for screen readers")
	return cmd
}

// state and loaded load progress: for showing beside something else, or for its own
// sake.
func (t *tutor) state() progress.State           { return t.learner().State() }
func (t *tutor) loaded() (progress.State, error) { return t.learner().Loaded() }

// mark is how a lesson stands.
func mark(l lessons.Lesson, s *progress.State) progress.Mark {
	var labs []string
	for _, lab := range l.Labs() {
		labs = append(labs, lab.ID)
	}
	return s.Mark(l.ID, labs)
}

// overview is what there is to say about the lessons.
type overview struct {
	lessons []lessons.Lesson
	state   progress.State
	machine []sandbox.Finding
}

// tableLessons sets the lessons in columns. What is missing has one only where
// something is.
func tableLessons(o overview) string {
	missing := func(l lessons.Lesson) string { return strings.Join(missingNeeds(l, o.machine), ", ") }
	lacking := slices.ContainsFunc(o.lessons, func(l lessons.Lesson) bool { return missing(l) != "" })
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) {
		if !lacking {
			cells = cells[:len(cells)-1]
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	row("#", "LESSON", "TITLE", "MINUTES", "PROGRESS", "MISSING HERE")
	for _, l := range o.lessons {
		row(strconv.Itoa(l.Number), l.ID, l.Title, strconv.Itoa(l.Minutes), string(mark(l, &o.state)), missing(l))
	}
	w.Flush() // a builder takes all
	return b.String()
}

// listLessons says each lesson in a sentence: columns cannot be heard, and need
// a wide terminal.
func (t *tutor) listLessons(o overview) {
	for _, l := range o.lessons {
		text := fmt.Sprintf("%s: %s. %d minutes.", l.ID, l.Title, l.Minutes)
		if m := mark(l, &o.state); m != progress.MarkNew {
			text += fmt.Sprintf(" Progress: %s.", m)
		}
		if lacks := missingNeeds(l, o.machine); len(lacks) > 0 {
			text += fmt.Sprintf(" Missing on this machine: %s; `%s` says what to do.", strings.Join(lacks, ", "), t.typed("doctor"))
		}
		t.sayAt(fmt.Sprintf("%d. ", l.Number), text)
	}
}
