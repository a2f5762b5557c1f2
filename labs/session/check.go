package session

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/testscripts"
)

// Outcome is what a check of several labs comes to. Its numbers are the exit codes of
// `drydock check`.
type Outcome int

// A lab that has failed says more than one without an answer.
const (
	Done Outcome = iota
	NotYet
	NoAnswer // something prevented a verdict, or its being recorded
)

// Checked is a lab with what its check found, as --json prints it.
type Checked struct {
	ID      string               `json:"id"`
	Title   string               `json:"title"`
	Passed  bool                 `json:"passed"`
	Reports []testscripts.Report `json:"reports"`
	Cause   string               `json:"cause,omitempty"` // what a fix lab's fault was, once it is passed
	Same    bool                 `json:"same,omitempty"`  // a build lab's code is the reference's, word for word

	Lab labs.Lab `json:"-"`
}

// Check checks labs, each for itself: what keeps one of them from a verdict is
// among the troubles, and the others are checked all the same.
func (me Learner) Check(ctx context.Context, which []labs.Lab) (all []Checked, troubles []error) {
	for _, l := range which {
		c, err := me.CheckOne(ctx, l)
		if err != nil {
			troubles = append(troubles, noVerdict(l, err))
			continue
		}
		all = append(all, c)
	}
	return all, troubles
}

func noVerdict(l labs.Lab, why error) error {
	return fmt.Errorf("lab %s cannot be checked: %w", l.ID, why)
}

// CheckOne checks a lab. The error is for what prevents a verdict.
func (me Learner) CheckOne(ctx context.Context, l labs.Lab) (Checked, error) {
	env, err := me.labEnv(l)
	if err != nil {
		return Checked{}, err
	}
	same := false
	env.Build = func(ctx context.Context, l labs.Lab) (built labs.Built, err error) {
		built, same, err = me.build(ctx, l)
		return built, err
	}
	reports, err := labs.Check(ctx, l, env)
	if err != nil {
		return Checked{}, me.LostRoot(ctx, err, l.Lesson())
	}
	for i, r := range reports {
		reports[i] = withoutTestNoise(r)
		if r.Broken != "" {
			return Checked{}, fmt.Errorf("script %s is at fault, not you: %s", r.Script, r.Broken)
		}
		if r.Skipped != "" {
			return Checked{}, fmt.Errorf("%s; drydock doctor says what to do about it", r.Skipped)
		}
	}
	c := Checked{ID: l.ID, Title: l.Title, Passed: labs.Passed(l, reports), Reports: reports, Same: same, Lab: l}
	if c.Passed && l.Kind == labs.Fix {
		c.Cause = l.Fault(me.Seed(l)).Cause
	}
	return c, nil
}

// labEnv is where a lab of this learner is checked.
func (me Learner) labEnv(l labs.Lab) (labs.Env, error) {
	control, err := me.checkedIn(l.Lesson())
	if err != nil {
		return labs.Env{}, err
	}
	m, err := me.Machine()
	if err != nil {
		return labs.Env{}, err
	}
	return labs.Env{
		Machine: m, Control: control, Scripts: testscripts.Load, Cause: me.causeKnown(l),
	}, nil
}

// within is how long one of a script's checks waits for what it looks for.
var within = regexp.MustCompile(`\bwithin=(\d+m?s)\b`)

// Patience is how long a lab's check waits at most for something to become so.
func Patience(l labs.Lab) time.Duration {
	texts := []string{l.Check}
	for _, f := range l.Faults {
		texts = append(texts, f.Check)
	}
	for _, name := range l.Scripts {
		if s, err := testscripts.Load(name); err == nil {
			texts = append(texts, s.Text)
		}
	}
	longest := time.Duration(0)
	for _, m := range within.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		if d, err := time.ParseDuration(m[1]); err == nil {
			longest = max(longest, d)
		}
	}
	return longest
}

// Note counts the attempts and notes what passed. The error says that it could not.
func (me Learner) Note(all []Checked) error {
	if len(all) == 0 {
		return nil
	}
	if me.InExam() {
		// What is solved there the exam counts itself: the fault of the learner's own
		// in this lab is another.
		s := me.In.Exam
		return s.Exam.Checked(s.N)
	}
	return me.Record(func(s *progress.State) {
		for _, c := range all {
			lab := s.Lesson(c.Lab.Lesson()).Lab(c.Lab.ID)
			if lab.Status == progress.NotStarted {
				lab.Status = progress.Started
			}
			lab.Attempts++
			if c.Passed {
				lab.Pass(me.Now())
			}
		}
	})
}

// Verdict sums up what checks found, and what kept others from it.
func Verdict(all []Checked, troubles ...error) Outcome {
	for _, c := range all {
		if !c.Passed {
			return NotYet
		}
	}
	if errors.Join(troubles...) != nil {
		return NoAnswer
	}
	return Done
}
