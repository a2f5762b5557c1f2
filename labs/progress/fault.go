package progress

import (
	"slices"
	"strings"
	"time"
)

// Fault is what happened with the fault that a learner was given in a fix lab.
type Fault struct {
	Seed     uint64 `json:"seed"`
	Known    bool   `json:"known,omitempty"`     // they have said its cause
	FromList bool   `json:"from_list,omitempty"` // by choosing, not in their own words
	Told     []Told `json:"told,omitempty"`      // all that they have said
}

// Told is one answer to the question what the cause is.
type Told struct {
	Text  string    `json:"text"`
	Right bool      `json:"right"`
	At    time.Time `json:"at"`
}

// Exam is one exam that was sat.
type Exam struct {
	At      time.Time    `json:"at"`
	Seed    uint64       `json:"seed"`
	Minutes int          `json:"minutes,omitempty"` // allowed; 0: no clock
	Results []ExamResult `json:"results"`
}

// ExamResult is what became of one fault in an exam.
type ExamResult struct {
	Lab      string  `json:"lab"`
	Fault    string  `json:"fault,omitempty"`    // "" if it was not reached
	Cause    bool    `json:"cause,omitempty"`    // said
	Repaired bool    `json:"repaired,omitempty"` // proven
	Seconds  float64 `json:"seconds,omitempty"`  // spent on it
}

// Solved reports whether the cause was said and the fault repaired.
func (r ExamResult) Solved() bool { return r.Cause && r.Repaired }

// Score counts the faults that were solved.
func (e Exam) Score() (solved, of int) {
	for _, r := range e.Results {
		if r.Solved() {
			solved++
		}
	}
	return solved, len(e.Results)
}

// Given returns the seed of a lab's fault: the one it was given before or, the
// first time, the learner's own, for which fresh is taken if there is none yet.
func (s *State) Given(lesson, lab string, fresh uint64) uint64 {
	if f := s.Lesson(lesson).Lab(lab).Fault; f != nil {
		return f.Seed
	}
	if s.Seed == 0 {
		s.Seed = max(fresh, 1)
	}
	return s.Seed
}

// Give notes that a lab's fault is that of a seed. What was said about another
// one counts no more.
func (l *Lab) Give(seed uint64) {
	if l.Fault == nil || l.Fault.Seed != seed {
		l.Fault = &Fault{Seed: seed}
	}
	if l.Status == NotStarted {
		l.Status = Started
	}
}

// Say notes an answer to the question what the cause is.
func (f *Fault) Say(text string, right, fromList bool, now time.Time) {
	f.Told = append(f.Told, Told{Text: text, Right: right, At: now})
	if right && !f.Known {
		f.Known, f.FromList = true, fromList
	}
}

// SeeSolution notes that the solution was shown; the first time counts.
func (l *Lab) SeeSolution(now time.Time) {
	if !l.SolutionSeen {
		l.SolutionSeen, l.SolutionAt = true, now
	}
}

// SolutionFirst reports whether the solution was seen before the lab was passed,
// or while it is not passed.
func (l *Lab) SolutionFirst() bool {
	return l.SolutionSeen && (l.Status != Passed || !l.SolutionAt.IsZero() && !l.SolutionAt.After(l.PassedAt))
}

// Sit notes how an exam stands, in the place of what was noted of it before. A
// fault that was solved there counts as its lab passed.
func (s *State) Sit(e Exam, now time.Time) {
	e.Results = slices.Clone(e.Results)
	if n := len(s.Exams); n > 0 && s.Exams[n-1].At.Equal(e.At) {
		s.Exams[n-1] = e
	} else {
		s.Exams = append(s.Exams, e)
	}
	for _, r := range e.Results {
		if lesson, _, ok := strings.Cut(r.Lab, "/"); ok && r.Solved() {
			s.Lesson(lesson).Lab(r.Lab).Pass(now)
		}
	}
}
