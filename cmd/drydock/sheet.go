package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// A quiz in a lesson's sandbox is asked there, for the drydock outside, which
// answers all other verbs, cannot read a terminal that it has lent. What it can
// do is to store, so the sandbox asks it for that alone:
//
//	inside                                     outside
//	   ── internal-sheet LESSON ─────────────▶  prints the answers, as JSON
//	   ── internal-sheet LESSON QUESTION [0] ▶  stores one, prints the same
const internalSheet = "internal-sheet"

func internalSheetCommand(t *tutor) *cobra.Command {
	return &cobra.Command{
		Use:    internalSheet + " LESSON [QUESTION CHOSEN]",
		Hidden: true,
		Args:   cobra.RangeArgs(1, 3),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := lessons.Find(args[0])
			if err != nil {
				return err
			}
			s := t.ownSheet(l)
			if len(args) == 3 {
				var chosen []int
				if err := json.Unmarshal([]byte(args[2]), &chosen); err != nil {
					return fmt.Errorf("reading the chosen answers: %w", err)
				}
				if s.answers[args[1]], err = s.save(args[1], chosen); err != nil {
					return err
				}
			}
			return json.NewEncoder(t.out).Encode(s.answers)
		},
	}
}

// answerSheet is the learner's, wherever this program runs.
func (t *tutor) answerSheet(lesson string) (sheet, error) {
	if isInside() {
		return outerSheet(lesson)
	}
	l, err := lessons.Find(lesson)
	if err != nil {
		return sheet{}, err
	}
	return t.ownSheet(l), nil
}

// ownSheet reads and writes progress. It judges by itself, for the sandbox,
// which the learner owns, is not to be believed.
func (t *tutor) ownSheet(l lessons.Lesson) sheet {
	state := t.state()
	answers := map[string]progress.Answer{}
	for key, a := range state.Lesson(l.ID).Answers {
		answers[key] = a
	}
	return sheet{answers: answers, save: func(question string, chosen []int) (saved progress.Answer, err error) {
		questions := l.Questions()
		n := slices.IndexFunc(questions, func(q lessons.Question) bool { return quiz.Key(q) == question })
		if n < 0 {
			return saved, fmt.Errorf("lesson %s asks no question %q", l.ID, question)
		}
		store, err := t.progress()
		if err != nil {
			return saved, err
		}
		err = store.Update(func(s *progress.State) {
			record := s.Lesson(l.ID)
			if record.Opened.IsZero() {
				record.Opened = t.now()
			}
			record.Answer(question, chosen, quiz.Right(questions[n], chosen), t.now())
			saved = record.Answers[question]
		})
		return saved, err
	}}
}

// outerSheet has the drydock outside read and write.
func outerSheet(lesson string) (sheet, error) {
	answers, err := callSheet(lesson)
	return sheet{answers: answers, save: func(question string, chosen []int) (progress.Answer, error) {
		text, err := json.Marshal(chosen)
		if err != nil {
			return progress.Answer{}, err
		}
		now, err := callSheet(lesson, question, string(text))
		return now[question], err
	}}, err
}

func callSheet(args ...string) (map[string]progress.Answer, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	// The answers are read while they are written: they may outgrow a pipe.
	answers, decoded := map[string]progress.Answer{}, make(chan error, 1)
	go func() { decoded <- json.NewDecoder(read).Decode(&answers) }()
	exit, err := sandbox.Ask(context.Background(), sandbox.HostSocket,
		append([]string{internalSheet}, args...), [3]*os.File{nil, write, os.Stderr})
	write.Close()
	decodeErr := <-decoded
	switch {
	case err != nil:
		return nil, err
	case exit != 0:
		return nil, errors.New("the answer was not stored")
	}
	return answers, decodeErr
}
