package main

import (
	"github.com/spf13/cobra"

	"drydock/labs/sheet"
	"drydock/lessons"
)

// internalSheetCommand reads and stores answers for the quiz in a sandbox.
func internalSheetCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:    sheet.Verb + " LESSON [QUESTION CHOSEN]",
		Hidden: true,
		Args:   cobra.RangeArgs(1, 3),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := t.ownSheet(args[0])
			if err != nil {
				return err
			}
			return s.Serve(t.out, args[1:])
		},
	}
}

// answerSheet is the learner's, wherever this program runs.
func (t *tutor) answerSheet(lesson string) (sheet.Sheet, error) {
	if isInside() {
		return sheet.Outer(lesson)
	}
	return t.ownSheet(lesson)
}

// ownSheet is the one that lies here.
func (t *tutor) ownSheet(lesson string) (sheet.Sheet, error) {
	l, err := lessons.Find(lesson)
	if err != nil {
		return sheet.Sheet{}, err
	}
	store, err := t.progress()
	if err != nil {
		return sheet.Sheet{}, err
	}
	s, unread := sheet.Own(store, l, t.now)
	if unread != nil {
		t.warn(unread.Error())
	}
	return s, nil
}
