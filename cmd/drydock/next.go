package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
)

func nextCommand(t *tutor) *cobra.Command {
	return moveCommand(t, 1, "next", "show the next step of the lesson you are in")
}

func backCommand(t *tutor) *cobra.Command {
	return moveCommand(t, -1, "back", "show the step before")
}

// moveCommand goes by so many steps in the current lesson and shows where
// that leads.
func moveCommand(t *tutor, by int, verb, short string) *cobra.Command {
	var f readFlags
	cmd := &cobra.Command{
		Use:   verb,
		Short: short,
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := t.current()
			if err != nil {
				return err
			}
			store, err := t.progress()
			if err != nil {
				return err
			}
			moved := false
			err = store.Update(func(s *progress.State) {
				f.step, moved = s.Move(by, len(l.Steps), t.now())
			})
			if err != nil {
				return err
			}
			if !moved {
				return t.sayEnd(l, by)
			}
			text, err := t.render(l, f)
			if err != nil {
				return err
			}
			return t.show(text, f)
		},
	}
	f.define(cmd)
	return cmd
}

// current returns the lesson the learner read last.
func (t *tutor) current() (lessons.Lesson, error) {
	store, err := t.progress()
	if err != nil {
		return lessons.Lesson{}, err
	}
	state, err := store.Load()
	if err != nil {
		return lessons.Lesson{}, err
	}
	if state.Current == "" {
		return lessons.Lesson{}, errors.New("no lesson is open: `drydock lessons` lists them, `drydock read LESSON` opens one")
	}
	return lessons.Find(state.Current)
}

// sayEnd tells what lies beyond the first or the last step.
func (t *tutor) sayEnd(l lessons.Lesson, by int) error {
	if by < 0 {
		fmt.Fprintf(t.out, "This is the first step of %s.\n", l.ID)
		return nil
	}
	then, err := following(l)
	switch {
	case err != nil:
		return err
	case then == "":
		t.say("That was the last step of %s, and the last lesson.\n", l.ID)
	case t.session != nil:
		t.say("That was the last step of %s. To go on: exit, and then %s\n", l.ID, t.outside("start "+then))
	default:
		t.say("That was the last step of %s. To go on: %s\n", l.ID, t.outside("start "+then))
	}
	return nil
}

// following is the id of the lesson after l, "" after the last.
func following(l lessons.Lesson) (string, error) {
	all, err := lessons.Lessons()
	if err != nil {
		return "", err
	}
	for _, other := range all {
		if other.Number > l.Number {
			return other.ID, nil
		}
	}
	return "", nil
}
