package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
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
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			o := overview{all, t.state(), t.examine(cmd.Context())}
			if plain || t.style(false).Width < tableWidth {
				t.listLessons(o)
				return nil
			}
			return t.tableLessons(o)
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

// overview is what there is to say about the lessons.
type overview struct {
	lessons []lessons.Lesson
	state   progress.State
	machine []sandbox.Finding
}

func (t *tutor) tableLessons(o overview) error {
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "#\tLESSON\tTITLE\tMINUTES\tPROGRESS\tMISSING HERE")
	for _, l := range o.lessons {
		fmt.Fprintf(w, "%d\t%s\t%s\t%d\t%s\t%s\n", l.Number, l.ID, l.Title, l.Minutes,
			mark(l, &o.state), strings.Join(missingNeeds(l, o.machine), ", "))
	}
	return w.Flush()
}

// listLessons says each lesson in a sentence: columns cannot be heard.
func (t *tutor) listLessons(o overview) {
	for _, l := range o.lessons {
		fmt.Fprintf(t.out, "%d. %s: %s. %d minutes.", l.Number, l.ID, l.Title, l.Minutes)
		if m := mark(l, &o.state); m != progress.MarkNew {
			fmt.Fprintf(t.out, " Progress: %s.", m)
		}
		if lacks := missingNeeds(l, o.machine); len(lacks) > 0 {
			fmt.Fprintf(t.out, " Missing on this machine: %s; `drydock doctor` says what to do.", strings.Join(lacks, ", "))
		}
		fmt.Fprintln(t.out)
	}
}
