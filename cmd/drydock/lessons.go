package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
)

// tableWidth is what the table of lessons needs; in fewer columns its lines
// would wrap, so the list is printed instead.
const tableWidth = 72

// lessonsCommand lists the lessons and how far the learner is in each.
func lessonsCommand(t *tutor) *cobra.Command {
	var plain bool
	cmd := &cobra.Command{
		Use:   "lessons",
		Short: "list the lessons and how far you are",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			state := t.state()
			if plain || t.style(false).Width < tableWidth {
				t.listLessons(all, &state)
				return nil
			}
			return t.tableLessons(all, &state)
		},
	}
	cmd.Flags().BoolVar(&plain, "plain", false, "one sentence a lesson, for screen readers")
	return cmd
}

// state loads progress for showing; what cannot be read is said and counts as
// nothing.
func (t *tutor) state() progress.State {
	store, err := t.progress()
	if err != nil {
		t.warn(err.Error())
		return progress.State{}
	}
	state, err := store.Load()
	if err != nil {
		t.warn(err.Error())
	}
	return state
}

// mark is how a lesson stands.
func mark(l lessons.Lesson, s *progress.State) progress.Mark {
	var labs []string
	for _, lab := range l.Labs() {
		labs = append(labs, lab.ID)
	}
	return s.Mark(l.ID, labs)
}

func (t *tutor) tableLessons(all []lessons.Lesson, s *progress.State) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tLESSON\tTITLE\tMINUTES\tPROGRESS")
	for _, l := range all {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\n", l.Number, l.ID, l.Title, l.Minutes, mark(l, s))
	}
	return w.Flush()
}

// listLessons says each lesson in a sentence: columns cannot be heard.
func (t *tutor) listLessons(all []lessons.Lesson, s *progress.State) {
	for _, l := range all {
		fmt.Fprintf(t.out, "%d. %s: %s. %d minutes.", l.Number, l.ID, l.Title, l.Minutes)
		if m := mark(l, s); m != progress.MarkNew {
			fmt.Fprintf(t.out, " Progress: %s.", m)
		}
		fmt.Fprintln(t.out)
	}
}
