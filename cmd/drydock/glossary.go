package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"drydock/lessons"
	"drydock/lessons/glossary"
	"drydock/lessons/render"
)

// glossaryCommand explains a word of the course, or lists them all.
func glossaryCommand(t *tutor) *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{
		Use:   "glossary [TERM]",
		Short: "explain a word of the course, or list them",
		Long: `Says what a word means in the course, and which lessons explain it; without a
word, lists all of them, by the lesson in which they first stand:

  drydock glossary zombie`,
		RunE: func(cmd *cobra.Command, args []string) error {
			terms, err := glossary.Terms()
			if err != nil {
				return err
			}
			all, err := lessons.Lessons()
			if err != nil {
				return err
			}
			text := listTerms(terms, all)
			if len(args) > 0 {
				term, err := glossary.Pick(terms, strings.Join(args, " "))
				if err != nil {
					return err
				}
				text = explainTerm(term, all)
			}
			return t.show(cmd.Context(), render.Text(t.here(text), t.style(f.plain)), f)
		},
	}
	cmd.Flags().BoolVar(&f.plain, "plain", false, "no colours, no line broken: for screen readers and pipes")
	cmd.Flags().BoolVar(&f.noPager, "no-pager", false, "print all at once")
	return cmd
}

// listTerms lists the terms' names in markdown, an item a lesson.
func listTerms(terms []glossary.Term, all []lessons.Lesson) string {
	var b strings.Builder
	for _, l := range all {
		var names []string
		for _, t := range terms {
			if t.Lessons[0] == l.ID {
				names = append(names, t.Name)
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&b, "- **%s**: %s\n", l.ID, strings.Join(names, ", "))
		}
	}
	b.WriteString("\n`drydock glossary TERM` explains one.\n")
	return b.String()
}

// explainTerm says in markdown what a term means and where it is explained.
func explainTerm(term glossary.Term, all []lessons.Lesson) string {
	var b strings.Builder
	fmt.Fprintf(&b, "**%s**", term.Name)
	if len(term.Also) > 0 {
		fmt.Fprintf(&b, ", or %s", strings.Join(term.Also, ", "))
	}
	fmt.Fprintf(&b, "\n\n%s\n\nLessons that explain it:\n\n", term.Text)
	for _, l := range all {
		places := glossary.Places([]glossary.Term{term}, l)
		if !slices.Contains(term.Lessons, l.ID) || len(places) == 0 {
			continue
		}
		at := places[0].Step
		fmt.Fprintf(&b, "- %s, %s: `drydock read %s --step %d`\n", l.ID, l.Steps[at-1].Title, l.ID, at)
	}
	return b.String()
}
