package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/lessons"
)

// nextCommand goes on, or to the step that is named.
func nextCommand(t *tutor) *cobra.Command {
	return moveCommand(t, 1, &cobra.Command{
		Use: "next [STEP]", Short: "go on in the lesson you are in, or to a step of it",
		Args: cobra.MaximumNArgs(1),
	})
}

func backCommand(t *tutor) *cobra.Command {
	return moveCommand(t, -1, &cobra.Command{Use: "back", Short: "show what came before", Args: noArgs})
}

// againCommand stays where the learner is.
func againCommand(t *tutor) *cobra.Command {
	return moveCommand(t, 0, &cobra.Command{Use: "again", Short: "show once more where you are", Args: noArgs})
}

// showCommand is again with the output that was recorded.
func showCommand(t *tutor) *cobra.Command {
	cmd := moveCommand(t, 0, &cobra.Command{
		Use: "show", Short: "show where you are with what the commands print", Args: noArgs,
	})
	show := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		t.recorded = true
		return show(cmd, args)
	}
	return cmd
}

// moveCommand makes cmd go by so many beats in the current lesson and show
// where that leads.
func moveCommand(t *tutor, by int, cmd *cobra.Command) *cobra.Command {
	var f readFlags
	var typed string
	var begun int
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, err := t.current()
		if err != nil {
			return err
		}
		before := t.state()
		if len(args) == 0 && by > 0 {
			defer t.tellOpen(l, before)
			defer t.tellNotPredicted(l, before)
			if cmd.Flags().Changed("typed") {
				defer t.tellNotRun(l, before, typed)
			}
		}
		if begun > 0 {
			defer func() { t.tellBegun(l, before, t.state(), begun) }()
		}
		step := 0
		if len(args) > 0 {
			if step, err = stepOf(l, args[0]); err != nil {
				return err
			}
		}
		text, err := t.move(l, by, step, f)
		if err != nil || text == "" {
			return err
		}
		defer t.tellSetup(l, step)
		return t.show(cmd.Context(), text, f)
	}
	f.define(cmd)
	if t.session != nil && by > 0 {
		cmd.Flags().StringVar(&typed, "typed", "", "what was typed since the last part")
		cmd.Flags().IntVar(&begun, "begun", 0, "the step at which the sandbox was new")
		cmd.Flags().MarkHidden("typed")
		cmd.Flags().MarkHidden("begun")
	}
	return cmd
}

// tellSetup says how to get what a step builds on, to who has jumped there in a sandbox.
func (t *tutor) tellSetup(l lessons.Lesson, step int) {
	if t.session != nil && step > 0 && len(l.Steps[step-1].SetupCommands()) > 0 {
		t.say("(Where you lack what this step builds on, run setup types it for you.)\n")
	}
}

// stepOf reads the number of a step.
func stepOf(l lessons.Lesson, text string) (int, error) {
	step, err := strconv.Atoi(text)
	if err != nil || step < 1 || step > len(l.Steps) {
		return 0, fmt.Errorf("lesson %s has steps 1 to %d, not %s", l.ID, len(l.Steps), text)
	}
	return step, nil
}

// move goes by so many beats, or to a step that is not 0, and returns the text of
// that beat: none where the lesson has an end, which is said.
func (t *tutor) move(l lessons.Lesson, by, step int, f readFlags) (string, error) {
	store, err := t.progress()
	if err != nil {
		return "", err
	}
	moved := true
	err = store.Update(func(s *progress.State) {
		switch {
		case step > 0:
			s.Open(l.ID, step, t.now())
			s.Lesson(l.ID).Beat = 0
		case by != 0:
			s.Current = l.ID
			moved = s.Move(by, l.BeatCounts(), t.now())
		}
	})
	if err != nil {
		return "", err
	}
	if !moved {
		return "", t.sayEnd(l, by)
	}
	return t.renderBeat(l, f)
}

// current returns the lesson the learner read last.
func (t *tutor) current() (lessons.Lesson, error) { return t.learner().Current() }

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
		return t.sayDone(l)
	case t.session != nil:
		t.say("That was the last step of %s. To go on: exit, and then %s\n", l.ID, t.outside("start "+then))
	default:
		t.say("That was the last step of %s. To go on: %s\n", l.ID, t.outside("start "+then))
	}
	return nil
}

// sayDone is the end of the course: what was done, what is left, what comes next.
func (t *tutor) sayDone(l lessons.Lesson) error {
	o, err := t.overview(context.Background())
	if err != nil {
		return err
	}
	done, passed, possible := 0, 0, 0
	for _, s := range o.standings {
		if s.Done() {
			done++
		}
		for _, lab := range s.Labs {
			switch {
			case lab.Status == progress.Passed:
				passed++
				possible++
			case !lab.Impossible:
				possible++
			}
		}
	}
	t.say("That was the last step of %s, and the end of the course so far.\n", l.ID)
	t.say("Done: %d of %d lessons, %d of %d labs.\n", done, len(o.standings), passed, possible)
	for _, s := range o.standings {
		if left := s.Left(); len(left) > 0 {
			t.say("Left in %s: %s\n", s.Lesson.ID, strings.Join(left, ", "))
		}
	}
	t.say("What comes next: %s faults you have not seen; %s what you did, for a teacher; your own engine in %s, and mini-docker and mini-k8s to use and to read.\n",
		t.outside("exam"), t.outside("progress --export FILE"), "~/my-drydock")
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
