// Package sheet holds a learner's answers to the questions of a lesson.
//
//	s := sheet.Own(store, lesson, time.Now)
//	answer, err := s.Save(quiz.Key(question), []int{1})
//
// A quiz in a lesson's sandbox is asked there, for the drydock outside, which
// answers all other verbs, cannot read a terminal that it has lent. What it can
// do is to store, so the sandbox asks it for that alone:
//
//	inside                          outside
//	   ── VERB LESSON ─────────────▶  prints the answers, as JSON
//	   ── VERB LESSON QUESTION [0] ▶  stores one, prints the same
//
// It asks no questions: package quiz shuffles and reads, cmd/drydock shows.
package sheet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"time"

	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// Verb is what the sandbox asks with.
const Verb = "internal-sheet"

// Sheet holds a lesson's answers, by question, and a way to store more.
type Sheet struct {
	Answers map[string]progress.Answer
	Save    func(question string, chosen []int) (progress.Answer, error)
}

// Own reads and writes progress. It judges by itself, for the sandbox,
// which the learner owns, is not to be believed. What cannot be read counts as
// nothing; unread says why.
func Own(store *progress.Store, l lessons.Lesson, now func() time.Time) (s Sheet, unread error) {
	state, unread := store.Load()
	answers := map[string]progress.Answer{}
	maps.Copy(answers, state.Lesson(l.ID).Answers)
	return Sheet{Answers: answers, Save: func(question string, chosen []int) (saved progress.Answer, err error) {
		questions := l.Questions()
		n := slices.IndexFunc(questions, func(q lessons.Question) bool { return quiz.Key(q) == question })
		if n < 0 {
			return saved, fmt.Errorf("lesson %s asks no question %q", l.ID, question)
		}
		err = store.Update(func(s *progress.State) {
			record := s.Lesson(l.ID)
			if record.Opened.IsZero() {
				record.Opened = now()
			}
			record.Answer(question, chosen, quiz.Right(questions[n], chosen), now())
			saved = record.Answers[question]
		})
		return saved, err
	}}, unread
}

// Serve answers a sandbox: args are QUESTION CHOSEN, or none.
func (s Sheet) Serve(w io.Writer, args []string) error {
	if len(args) == 2 {
		var chosen []int
		if err := json.Unmarshal([]byte(args[1]), &chosen); err != nil {
			return fmt.Errorf("reading the chosen answers: %w", err)
		}
		var err error
		if s.Answers[args[0]], err = s.Save(args[0], chosen); err != nil {
			return err
		}
	}
	return json.NewEncoder(w).Encode(s.Answers)
}

// Outer has the drydock outside read and write.
func Outer(lesson string) (Sheet, error) {
	answers, err := call(lesson)
	return Sheet{Answers: answers, Save: func(question string, chosen []int) (progress.Answer, error) {
		text, err := json.Marshal(chosen)
		if err != nil {
			return progress.Answer{}, err
		}
		now, err := call(lesson, question, string(text))
		return now[question], err
	}}, err
}

// call has the drydock outside answer, and reads the answers while they are written:
// they may outgrow a pipe.
func call(args ...string) (map[string]progress.Answer, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	answers, decoded := map[string]progress.Answer{}, make(chan error, 1)
	go func() { decoded <- json.NewDecoder(read).Decode(&answers) }()
	exit, err := sandbox.Ask(context.Background(), sandbox.HostSocket,
		append([]string{Verb}, args...), [3]*os.File{nil, write, os.Stderr})
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
