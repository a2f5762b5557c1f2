package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/session"
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
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := t.overview(cmd.Context())
			if err != nil {
				return err
			}
			if columns := render.Columns(t.out); t.plain || columns > 0 && columns < tableWidth {
				t.listLessons(o)
				return nil
			}
			fmt.Fprint(t.out, tableLessons(o))
			t.tellMissing(o)
			return nil
		},
	}
	cmd.Flags().BoolVar(&t.plain, "plain", false, "one sentence a lesson, for screen readers")
	return cmd
}

// state and loaded load progress: for showing beside something else, or for its own
// sake.
func (t *tutor) state() progress.State           { return t.learner().State() }
func (t *tutor) loaded() (progress.State, error) { return t.learner().Loaded() }

// overview is what there is to say about the lessons.
type overview struct {
	standings []session.Standing
	machine   []sandbox.Finding
}

// overview looks at the learner's progress and at the machine.
func (t *tutor) overview(ctx context.Context) (overview, error) {
	state := t.state()
	return t.overviewOf(ctx, &state)
}

func (t *tutor) overviewOf(ctx context.Context, s *progress.State) (overview, error) {
	all, err := lessons.Lessons()
	if err != nil {
		return overview{}, err
	}
	of, err := labs.Labs()
	if err != nil {
		return overview{}, err
	}
	machine := t.examine(ctx)
	return overview{session.Standings(all, of, s, machine), machine}, nil
}

// tableWidth is how many columns the table of lessons has at most. Titles give way.
const (
	tableWidth = 80
	titleWidth = 33
)

// tableLessons sets the lessons in columns, each with its labs below it.
func tableLessons(o overview) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(w, strings.Join(cells, "\t")) }
	row("#", "LESSON OR LAB", "TITLE", "MIN", "PROGRESS")
	for _, s := range o.standings {
		row(strconv.Itoa(s.Lesson.Number), s.Lesson.ID, fitted(s.Lesson.Title), minutes(s.Lesson.Minutes), s.Word())
		for _, l := range s.Labs {
			row("", fmt.Sprintf("%5s: %s", l.Kind, l.Name()), fitted(l.Title), minutes(l.Minutes), l.Word())
		}
	}
	w.Flush() // a builder takes all
	var out strings.Builder
	for line := range strings.Lines(b.String()) {
		out.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return out.String()
}

func fitted(title string) string {
	if runes := []rune(title); len(runes) > titleWidth {
		return string(runes[:titleWidth-1]) + "…"
	}
	return title
}

func minutes(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%3d", n)
}

// tellMissing says below the table which lessons this machine lacks something for.
func (t *tutor) tellMissing(o overview) {
	lacking := ""
	for _, s := range o.standings {
		if len(s.Lacks) > 0 {
			lacking += fmt.Sprintf("\n%s needs %s", s.Lesson.ID, strings.Join(s.Lacks, ", "))
		}
		for _, l := range s.Labs {
			if l.Impossible {
				lacking += fmt.Sprintf("\nlab %s cannot be done here, and is not asked for", l.ID)
			}
		}
	}
	if lacking != "" {
		t.say("\nMissing on this machine; %s says what to do:%s\n", t.typed("doctor"), lacking)
	}
}

// listLessons says each lesson in a sentence: columns cannot be heard, and need
// a wide terminal.
func (t *tutor) listLessons(o overview) {
	for _, s := range o.standings {
		text := fmt.Sprintf("%s: %s. %d minutes.", s.Lesson.ID, s.Lesson.Title, s.Lesson.Minutes)
		for _, l := range s.Labs {
			text += fmt.Sprintf(" %s lab %s", strings.ToUpper(string(l.Kind[:1]))+string(l.Kind[1:]), l.Name())
			if l.Minutes > 0 {
				text += fmt.Sprintf(", %d minutes", l.Minutes)
			}
			if word := l.Word(); word != "" {
				text += ", " + word
			}
			text += "."
		}
		if word := s.Word(); word != "" {
			text += fmt.Sprintf(" Progress: %s.", word)
		}
		if len(s.Lacks) > 0 {
			text += fmt.Sprintf(" Missing on this machine: %s; `%s` says what to do.", strings.Join(s.Lacks, ", "), t.typed("doctor"))
		}
		t.sayAt(fmt.Sprintf("%d. ", s.Lesson.Number), text)
	}
}
