// Package progress keeps how far a learner has come, in one JSON file under
// $XDG_STATE_HOME/drydock, by lesson id, so that it outlives upgrades and
// lessons that move.
//
//	store := progress.Open(dir, func(line string) { fmt.Fprintln(os.Stderr, line) })
//	err := store.Update(func(s *progress.State) {
//		s.Lesson("pids").Lab("pids/reaper").Attempts++
//	})
//
// Nothing a learner did may get lost: a write replaces the file in one step,
// processes that write at once queue up, a file that cannot be read is kept
// aside, and one that a newer drydock wrote is left alone.
//
// The package does not know which lessons exist: ids it does not know stay.
package progress

import (
	"fmt"
	"path/filepath"
	"time"
)

// Version is that of the file's format. It grows when an older program would
// misread, not when a field is added.
const Version = 1

// State is all that is kept.
type State struct {
	Version int                `json:"version"`
	Current string             `json:"current,omitempty"` // id of the lesson last read
	Lessons map[string]*Lesson `json:"lessons,omitempty"`
	Seed    uint64             `json:"seed,omitempty"` // of this learner's faults
	Exams   []Exam             `json:"exams,omitempty"`
}

// Lesson is what happened in one lesson.
type Lesson struct {
	Opened  time.Time         `json:"opened"`
	Step    int               `json:"step,omitempty"`    // where the learner is, from 1; 0 before the first
	Beat    int               `json:"beat,omitempty"`    // of that step, from 0
	Reached int               `json:"reached,omitempty"` // the furthest they have been
	Said    map[string]string `json:"said,omitempty"`    // predictions, by question
	Labs    map[string]*Lab   `json:"labs,omitempty"`    // by LESSON/NAME
	Answers map[string]Answer `json:"answers,omitempty"` // by question
}

// Answer notes what the learner chose for a question.
func (l *Lesson) Answer(question string, chosen []int, right bool, now time.Time) {
	if l.Answers == nil {
		l.Answers = map[string]Answer{}
	}
	before, again := l.Answers[question]
	l.Answers[question] = Answer{
		Chosen: chosen, Right: right, At: now, Tries: before.Tries + 1,
		FirstRight: right && !again || before.FirstRight,
	}
}

// Status says how a lab stands.
type Status string

// A lab's states. Passed stays passed, whatever is tried afterwards.
const (
	NotStarted Status = ""
	Started    Status = "started"
	Passed     Status = "passed"
)

// Lab is what happened in one lab.
type Lab struct {
	Status       Status    `json:"status,omitempty"`
	PassedAt     time.Time `json:"passed_at,omitzero"`
	Attempts     int       `json:"attempts,omitempty"` // checks that were run
	HintsShown   int       `json:"hints_shown,omitempty"`
	SolutionSeen bool      `json:"solution_seen,omitempty"`
	SolutionAt   time.Time `json:"solution_at,omitzero"` // when first; unknown in older files
	Fault        *Fault    `json:"fault,omitempty"`      // of a fix lab: the one they have now
	Earlier      []Fault   `json:"earlier,omitempty"`    // those they worked on before it
}

// Answer is what the learner chose last. Once an answer is explained, the next
// try says little: FirstRight is what a grade may count.
type Answer struct {
	Chosen     []int     `json:"chosen"` // indexes, from 0
	Right      bool      `json:"right"`
	At         time.Time `json:"at"`
	FirstRight bool      `json:"first_right,omitempty"` // the first try was right
	Tries      int       `json:"tries,omitempty"`
}

// Lesson returns the record of a lesson and makes one where there is none.
func (s *State) Lesson(id string) *Lesson {
	if s.Lessons == nil {
		s.Lessons = map[string]*Lesson{}
	}
	if s.Lessons[id] == nil {
		s.Lessons[id] = &Lesson{}
	}
	return s.Lessons[id]
}

// Lab returns the record of a lab and makes one where there is none.
func (l *Lesson) Lab(id string) *Lab {
	if l.Labs == nil {
		l.Labs = map[string]*Lab{}
	}
	if l.Labs[id] == nil {
		l.Labs[id] = &Lab{}
	}
	return l.Labs[id]
}

// Open notes that a lesson is being read at a step and makes it the current
// one. Step 0 keeps the place the learner has.
func (s *State) Open(id string, step int, now time.Time) {
	l := s.Lesson(id)
	if l.Opened.IsZero() {
		l.Opened = now
	}
	if step > 0 {
		if step != l.Step {
			l.Beat = 0
		}
		l.Step = step
		l.Reached = max(l.Reached, step)
	}
	s.Current = id
}

// Pass notes that a lab was done, with the fault that it has if it is a fix lab;
// the first time counts, for each.
func (l *Lab) Pass(now time.Time) {
	if l.Fault != nil && l.Fault.PassedAt.IsZero() {
		l.Fault.PassedAt = now
	}
	l.pass(now)
}

func (l *Lab) pass(now time.Time) {
	if l.Status == Passed {
		return
	}
	l.Status, l.PassedAt = Passed, now
}

// mend puts in order what a file that was edited by hand may say and no drydock
// would: a status that is none, counts below zero.
func (s *State) mend() {
	for _, lesson := range s.Lessons {
		if lesson == nil {
			continue
		}
		lesson.Step, lesson.Beat, lesson.Reached = max(0, lesson.Step), max(0, lesson.Beat), max(0, lesson.Reached)
		for _, lab := range lesson.Labs {
			if lab == nil {
				continue
			}
			lab.Attempts, lab.HintsShown = max(0, lab.Attempts), max(0, lab.HintsShown)
			if lab.Status != NotStarted && lab.Status != Passed {
				lab.Status = Started
			}
		}
	}
}

// Dir returns where progress lives: DRYDOCK_STATE, or drydock under
// $XDG_STATE_HOME, or under ~/.local/state (XDG Base Directory Specification).
func Dir(getenv func(string) string) (string, error) {
	if dir := getenv("DRYDOCK_STATE"); dir != "" {
		return dir, nil
	}
	// The specification: a relative path is invalid and is to be ignored.
	if state := getenv("XDG_STATE_HOME"); filepath.IsAbs(state) {
		return filepath.Join(state, "drydock"), nil
	}
	if home := getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "drydock"), nil
	}
	return "", fmt.Errorf("finding where to keep progress: HOME is not set; set it or DRYDOCK_STATE")
}

// Predict notes what the learner expects as the answer to a question.
func (l *Lesson) Predict(question, said string) {
	if l.Said == nil {
		l.Said = map[string]string{}
	}
	l.Said[question] = said
}

// Move goes one beat on (by 1) or back (by -1) in the current lesson, whose steps
// have so many beats each. Beyond either end it stays and says so.
func (s *State) Move(by int, beats []int, now time.Time) (moved bool) {
	l := s.Lesson(s.Current)
	if l.Step < 1 || l.Step > len(beats) { // read as a whole, or longer once
		s.Open(s.Current, min(max(l.Step+by, 1), len(beats)), now)
		return true
	}
	here := beats[l.Step-1]
	switch beat := min(l.Beat, here-1) + by; {
	case beat >= 0 && beat < here:
		l.Beat = beat
	case beat < 0 && l.Step > 1:
		s.Open(s.Current, l.Step-1, now)
		l.Beat = beats[l.Step-1] - 1
	case beat >= here && l.Step < len(beats):
		s.Open(s.Current, l.Step+1, now)
	default:
		return false
	}
	return true
}
