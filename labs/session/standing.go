package session

import (
	"fmt"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// Standing is how a learner stands in a lesson, on a machine.
type Standing struct {
	Lesson    lessons.Lesson
	Labs      []LabStanding // in the lesson's order
	Lacks     []string      // what of the lesson's needs this machine has not
	Step      int           // where they are, from 1; 0: never opened
	Questions int
	Right     int // of them, as answered last
	Current   bool
	Ended     bool // its last beat is on the screen, or was

	record *progress.Lesson
}

// LabStanding is how they stand in a lab.
type LabStanding struct {
	labs.Lab
	Status     progress.Status
	Impossible bool // on this machine
	Record     progress.Lab
}

// Standings returns how a learner stands in each lesson.
func Standings(all []lessons.Lesson, of []labs.Lab, s *progress.State, machine []sandbox.Finding) []Standing {
	var standings []Standing
	for _, l := range all {
		standings = append(standings, standingIn(l, of, s, machine))
	}
	return standings
}

func standingIn(l lessons.Lesson, of []labs.Lab, s *progress.State, machine []sandbox.Finding) Standing {
	record := s.Lessons[l.ID]
	if record == nil {
		record = &progress.Lesson{}
	}
	in := Standing{Lesson: l, Lacks: Lacks(l, machine), Step: record.Step, Current: l.ID == s.Current, record: record}
	in.Ended = record.Reached >= len(l.Steps) && len(l.Steps) > 0
	for _, q := range l.Questions() {
		in.Questions++
		if record.Answers[quiz.Key(q)].Right {
			in.Right++
		}
	}
	for _, place := range labs.Places(of, l) {
		lab := LabStanding{Lab: place.Lab, Impossible: Impossible(place.Lab, machine)}
		if known := record.Labs[place.ID]; known != nil {
			lab.Status, lab.Record = known.Status, *known
		}
		in.Labs = append(in.Labs, lab)
	}
	return in
}

// Begun reports whether they have done anything in the lesson.
func (s Standing) Begun() bool {
	return !s.record.Opened.IsZero() || len(s.record.Labs) > 0 || len(s.record.Answers) > 0
}

// Done reports whether all labs are passed that the machine lets pass and all
// questions answered; a lesson with neither is done when it was read.
func (s Standing) Done() bool {
	passed := 0
	for _, l := range s.Labs {
		switch {
		case l.Status == progress.Passed:
			passed++
		case !l.Impossible:
			return false
		}
	}
	if passed == 0 && s.Questions == 0 && !s.Ended {
		return false
	}
	return s.Right == s.Questions && s.Begun()
}

// Word is the standing in a word or two; a table of symbols cannot be heard.
func (s Standing) Word() string {
	switch {
	case s.Done():
		return "done"
	case s.Step > 0:
		return fmt.Sprintf("step %d of %d", s.Step, len(s.Lesson.Steps))
	case s.Begun():
		return "opened"
	}
	return ""
}

// Word is how the lab stands, in a word or two.
func (l LabStanding) Word() string {
	if l.Impossible && l.Status != progress.Passed {
		return "not here"
	}
	return string(l.Status)
}

// Left is what keeps a lesson that was read from being done, in words: labs, then
// questions.
func (s Standing) Left() []string {
	var left []string
	for _, l := range s.Labs {
		if l.Status != progress.Passed && !l.Impossible {
			left = append(left, "lab "+l.ID)
		}
	}
	switch missing := s.Questions - s.Right; {
	case missing == 1:
		left = append(left, "a question")
	case missing > 1:
		left = append(left, fmt.Sprintf("%d questions", missing))
	}
	return left
}
