// Package grade sums up for a teacher what learners have done: for each lab
// whether and when it was passed, after how many checks and hints, whether the
// solution was seen first; for each lesson how its questions were answered; and
// the exams.
//
//	class, err := grade.Read(paths) // files of `drydock progress --export`
//	report := grade.New(lessons, labs, class, now)
//	err = report.Write(os.Stdout, grade.CSV)
//
// The JSON form is [Report] and stays as it is: fields are added, none is renamed
// or taken away while Version is 1. Times are RFC 3339 in UTC; one that is not
// known is left out.
//
// An export is signed with nothing. It says what a learner's machine noted down,
// and whoever wants to change it can: grade to see where help is needed, and hold
// an exam under your eyes where more hangs on it.
package grade

import (
	"time"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/quiz"
	"drydock/lessons"
)

// Version is that of the report's JSON form.
const Version = 1

// Learner is whose progress is graded.
type Learner struct {
	Name  string
	State progress.State
}

// Report is the whole result.
type Report struct {
	Version  int             `json:"version"`
	At       time.Time       `json:"at"`
	Learners []LearnerReport `json:"learners"`
}

// LearnerReport is one learner's.
type LearnerReport struct {
	Learner string         `json:"learner"`
	Passed  int            `json:"passed"` // labs
	Labs    int            `json:"labs"`
	Lessons []LessonReport `json:"lessons"`
	Exams   []ExamReport   `json:"exams,omitempty"`
}

// LessonReport is one lesson of a learner's. Every lesson is there, opened or not.
type LessonReport struct {
	Lesson string      `json:"lesson"`
	Opened time.Time   `json:"opened,omitzero"`
	Step   int         `json:"step"` // the furthest they have been
	Steps  int         `json:"steps"`
	Quiz   QuizReport  `json:"quiz"`
	Labs   []LabReport `json:"labs"`
}

// QuizReport counts the answers to a lesson's questions.
type QuizReport struct {
	Questions  int `json:"questions"`
	Answered   int `json:"answered"`
	Right      int `json:"right"`       // as last answered
	RightFirst int `json:"right_first"` // at the first try
}

// LabReport is one lab of a learner's.
type LabReport struct {
	Lab           string      `json:"lab"`
	Kind          labs.Kind   `json:"kind"`
	Status        string      `json:"status"` // "", started or passed
	PassedAt      time.Time   `json:"passed_at,omitzero"`
	Attempts      int         `json:"attempts"` // checks that were run
	Hints         int         `json:"hints"`
	SolutionSeen  bool        `json:"solution_seen"`
	SolutionFirst bool        `json:"solution_first"`   // seen before the pass
	Fix           *FixReport  `json:"fix,omitempty"`    // the fault that they passed with first, or have now
	Faults        []FixReport `json:"faults,omitempty"` // of a fix lab: all that they worked on, passed ones first
	Recheck       *Recheck    `json:"recheck,omitempty"`
}

// FixReport is what there is to say of a fix lab beside.
type FixReport struct {
	Seed     uint64    `json:"seed"`
	Fault    string    `json:"fault"` // its name in the lab's file
	Cause    bool      `json:"cause"` // they have said it
	FromList bool      `json:"from_list"`
	Answers  []string  `json:"answers"`            // all that they have said, in order
	PassedAt time.Time `json:"passed_at,omitzero"` // when it was found and repaired
	InExam   bool      `json:"in_exam,omitempty"`
}

// ExamReport is one exam.
type ExamReport struct {
	At      time.Time             `json:"at"`
	Seed    uint64                `json:"seed"`
	Minutes int                   `json:"minutes,omitempty"`
	Open    bool                  `json:"open,omitempty"` // it was not handed in
	Solved  int                   `json:"solved"`
	Faults  int                   `json:"faults"`
	Results []progress.ExamResult `json:"results"`
}

// New grades learners by the lessons and labs that there are.
func New(ls []lessons.Lesson, all []labs.Lab, class []Learner, now time.Time) Report {
	r := Report{Version: Version, At: now.UTC(), Learners: []LearnerReport{}}
	for _, learner := range class {
		one := LearnerReport{Learner: learner.Name}
		for _, l := range ls {
			lesson := gradeLesson(l, labs.Of(all, l.ID), &learner.State)
			for _, lab := range lesson.Labs {
				one.Labs++
				if lab.Status == string(progress.Passed) {
					one.Passed++
				}
			}
			one.Lessons = append(one.Lessons, lesson)
		}
		for _, e := range learner.State.Exams {
			solved, of := e.Score()
			one.Exams = append(one.Exams, ExamReport{
				At: e.At.UTC(), Seed: e.Seed, Minutes: e.Minutes, Open: e.Open, Solved: solved, Faults: of, Results: e.Results,
			})
		}
		r.Learners = append(r.Learners, one)
	}
	return r
}

func gradeLesson(l lessons.Lesson, of []labs.Lab, s *progress.State) LessonReport {
	record := s.Lessons[l.ID]
	if record == nil {
		record = &progress.Lesson{}
	}
	r := LessonReport{
		Lesson: l.ID, Opened: record.Opened.UTC(), Step: record.Reached, Steps: len(l.Steps), Labs: []LabReport{},
	}
	for _, q := range l.Questions() {
		r.Quiz.Questions++
		if a, ok := record.Answers[quiz.Key(q)]; ok {
			r.Quiz.Answered++
			r.Quiz.Right += count(a.Right)
			r.Quiz.RightFirst += count(a.FirstRight)
		}
	}
	for _, lab := range of {
		r.Labs = append(r.Labs, gradeLab(lab, record.Labs[lab.ID]))
	}
	return r
}

func gradeLab(l labs.Lab, record *progress.Lab) LabReport {
	r := LabReport{Lab: l.ID, Kind: l.Kind}
	if record == nil {
		return r
	}
	r.Status, r.PassedAt = string(record.Status), record.PassedAt.UTC()
	r.Attempts, r.Hints = record.Attempts, record.HintsShown
	r.SolutionSeen, r.SolutionFirst = record.SolutionSeen, record.SolutionFirst()
	if l.Kind == labs.Fix {
		for _, f := range record.Faults() {
			r.Faults = append(r.Faults, gradeFault(l, f))
		}
	}
	if len(r.Faults) > 0 {
		r.Fix = &r.Faults[0]
	}
	return r
}

func gradeFault(l labs.Lab, f progress.Fault) FixReport {
	r := FixReport{
		Seed: f.Seed, Fault: l.Fault(f.Seed).Name, Cause: f.Known, FromList: f.FromList, Answers: []string{},
		PassedAt: f.PassedAt.UTC(), InExam: f.InExam,
	}
	for _, told := range f.Told {
		r.Answers = append(r.Answers, told.Text)
	}
	return r
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
