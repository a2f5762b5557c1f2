package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
)

// predictCommand keeps what the learner expects, and goes on: it is shown again
// where the lesson says what came out. Who has gone on to the commands already stays.
func predictCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:                "predict WORDS",
		Short:              "say what you expect, and go on",
		DisableFlagParsing: true, // who expects -1 says so
		RunE: func(cmd *cobra.Command, args []string) error {
			typed, args := cutTyped(args)
			said := strings.Join(args, " ")
			switch said {
			case "--help", "-h":
				return cmd.Help()
			case "":
				return errors.New("predict needs what you expect, in a word or more: predict 42")
			}
			l, err := t.current()
			if err != nil {
				return err
			}
			state, err := t.loaded()
			if err != nil {
				return err
			}
			record := state.Lesson(l.ID)
			question, passed := lessons.Asked(l.Beats(min(max(record.Step, 1), len(l.Steps))), record.Beat)
			if question == "" {
				return errors.New("nothing is asked here: `next` goes on")
			}
			err = t.record(func(s *progress.State) { s.Lesson(l.ID).Predict(question, said) })
			if err != nil {
				return err
			}
			if passed {
				t.say("Kept: it is shown beside what comes out.\n")
				return nil
			}
			if t.session != nil {
				defer t.tellNotRun(l, state, typed)
			}
			text, err := t.move(l, 1, 0, readFlags{})
			if err != nil || text == "" {
				return err
			}
			return t.show(cmd.Context(), text, readFlags{})
		},
	}
}
