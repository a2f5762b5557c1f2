package progress

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Fault is what happened with the fault that a learner was given in a fix lab.
type Fault struct {
	Seed     uint64    `json:"seed"`
	Known    bool      `json:"known,omitempty"`     // they have said its cause
	FromList bool      `json:"from_list,omitempty"` // by choosing, not in their own words
	Told     []Told    `json:"told,omitempty"`      // all that they have said
	PassedAt time.Time `json:"passed_at,omitzero"`  // when it was found and repaired
	InExam   bool      `json:"in_exam,omitempty"`
	Hints    int       `json:"hints,omitempty"` // shown for this fault
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
	Open    bool         `json:"open,omitempty"` // it was not handed in: it goes on, or was broken off
}

// ExamResult is what became of one fault in an exam.
type ExamResult struct {
	Lab      string  `json:"lab"`
	Fault    string  `json:"fault,omitempty"`    // "" if it was not reached
	Cause    bool    `json:"cause,omitempty"`    // said
	Repaired bool    `json:"repaired,omitempty"` // proven
	Seconds  float64 `json:"seconds,omitempty"`  // spent on it
	Told     []Told  `json:"told,omitempty"`     // all that they have said of the cause
	Checks   int     `json:"checks,omitempty"`   // that they have run
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
// one counts no more, and is kept: a learner is graded on all.
func (l *Lab) Give(seed uint64) {
	if l.Fault == nil || l.Fault.Seed != seed {
		if l.Fault != nil && l.Fault.begun() {
			l.Earlier = append(l.Earlier, *l.Fault)
		}
		l.Fault = l.takeUp(seed)
	}
	if l.Status == NotStarted {
		l.Status = Started
	}
}

// takeUp is the fault of a seed, as the learner left it if they have had it.
func (l *Lab) takeUp(seed uint64) *Fault {
	at := slices.IndexFunc(l.Earlier, func(f Fault) bool { return f.Seed == seed && !f.InExam })
	if at < 0 {
		return &Fault{Seed: seed}
	}
	f := l.Earlier[at]
	l.Earlier = slices.Delete(l.Earlier, at, at+1)
	return &f
}

// Hinted is how many hints were shown of those that the lab has now: another fault
// has other ones, and they begin anew.
func (l *Lab) Hinted() int {
	if l.Fault != nil {
		return l.Fault.Hints
	}
	return l.HintsShown
}

// ShowHint counts a hint, of all that were shown and of those of this fault.
func (l *Lab) ShowHint() {
	l.HintsShown++
	if l.Fault != nil {
		l.Fault.Hints++
	}
}

// begun tells whether there is anything to say of the work on a fault.
func (f *Fault) begun() bool { return len(f.Told) > 0 || f.Hints > 0 || !f.PassedAt.IsZero() }

// Faults are all that the learner has worked on, in the order in which they have
// found and repaired them, then those that are open.
func (l *Lab) Faults() []Fault {
	all := slices.Clone(l.Earlier)
	if l.Fault != nil {
		all = append(all, *l.Fault)
	}
	slices.SortStableFunc(all, func(a, b Fault) int {
		if open := cmp.Compare(count(a.PassedAt.IsZero()), count(b.PassedAt.IsZero())); open != 0 {
			return open
		}
		return a.PassedAt.Compare(b.PassedAt)
	})
	return all
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
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
			s.Lesson(lesson).Lab(r.Lab).passInExam(e.Seed, now)
		}
	}
}

// passInExam notes that a fault was solved in an exam, which is not the one that
// the learner has in the lab. An exam is noted after each of its faults.
func (l *Lab) passInExam(seed uint64, now time.Time) {
	l.pass(now)
	if !slices.ContainsFunc(l.Earlier, func(f Fault) bool { return f.InExam && f.Seed == seed }) {
		l.Earlier = append(l.Earlier, Fault{Seed: seed, Known: true, InExam: true, PassedAt: now})
	}
}
