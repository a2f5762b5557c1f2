package grade

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"drydock/labs/progress"
	"drydock/lessons/render"
)

// leastRemarks is how many columns remarks need beside the others; with fewer
// they stand on lines of their own.
const leastRemarks = 24

// line is one of the table: its cells and, behind them, remarks.
type line struct {
	cells   []string
	remarks string
}

// WriteText writes a table a learner, for a terminal of so many columns: 0 is
// without limit.
func (r Report) WriteText(w io.Writer, columns int) error {
	var b strings.Builder
	for n, learner := range r.Learners {
		if n > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "%s: %d of %d labs passed\n", printable(learner.Learner), learner.Passed, learner.Labs)
		b.WriteString(table(learner.lines(), columns))
		for _, e := range learner.Exams {
			b.WriteString(render.Hang("  exam of ", e.String(), columns) + "\n")
			for _, f := range e.Results {
				b.WriteString(render.Hang("    ", f.Lab+": "+outcome(f), columns) + "\n")
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// lines are a learner's: a line a lesson, and below it one a lab.
func (l LearnerReport) lines() []line {
	all := []line{{[]string{"  LESSON OR LAB", "STATUS", "ON", "CHECKS", "HINTS"}, "REMARKS"}}
	for _, lesson := range l.Lessons {
		all = append(all, line{[]string{"  " + lesson.Lesson, lesson.status(), "", "", ""}, lesson.Quiz.String()})
		for _, lab := range lesson.Labs {
			name := "    " + strings.TrimPrefix(lab.Lab, lesson.Lesson+"/")
			cells := []string{name, or(lab.Status, "-"), day(lab.PassedAt), itoa(lab.Attempts), itoa(lab.Hints)}
			all = append(all, line{cells, lab.remarks()})
		}
	}
	return all
}

// table aligns the cells, and puts the remarks where there is room for them.
func table(lines []line, columns int) string {
	var aligned, b strings.Builder
	w := tabwriter.NewWriter(&aligned, 0, 0, 2, ' ', 0)
	for _, l := range lines {
		fmt.Fprintln(w, strings.Join(l.cells, "\t")+"\t")
	}
	w.Flush() // a builder takes all
	rows := strings.Split(strings.TrimSuffix(aligned.String(), "\n"), "\n")
	beside := columns == 0 || columns-render.Width(rows[0]) >= leastRemarks
	for n, row := range rows {
		switch remarks := lines[n].remarks; {
		case beside && remarks != "":
			b.WriteString(render.Hang(row, remarks, columns) + "\n")
		case remarks != "" && n > 0:
			b.WriteString(strings.TrimRight(row, " ") + "\n" + render.Hang("      ", remarks, columns) + "\n")
		default:
			b.WriteString(strings.TrimRight(row, " ") + "\n")
		}
	}
	return b.String()
}

func (l LessonReport) status() string {
	if l.Opened.IsZero() {
		return "-"
	}
	return fmt.Sprintf("step %d/%d", l.Step, l.Steps)
}

// String sums up the answers.
func (q QuizReport) String() string {
	if q.Answered == 0 {
		return "quiz -"
	}
	return fmt.Sprintf("quiz %d/%d, first %d", q.Right, q.Questions, q.RightFirst)
}

// remarks are what a teacher wants to know before they count a pass.
func (l LabReport) remarks() string {
	var all []string
	if l.SolutionFirst {
		all = append(all, "solution seen first")
	}
	if len(l.Faults) > 0 {
		all = append(all, l.faults())
	}
	if l.Recheck != nil && !l.Recheck.Passed {
		all = append(all, "does not pass now")
	}
	return strings.Join(all, ", ")
}

// faults tells of each fault how far the learner has come with it.
func (l LabReport) faults() string {
	var all []string
	for _, f := range l.Faults {
		all = append(all, fmt.Sprintf("fault %s (seed %d): %s", f.Fault, f.Seed, f.state()))
	}
	return strings.Join(all, ", ")
}

func (f FixReport) state() string {
	state := "open"
	switch {
	case f.InExam:
		state = "solved in an exam"
	case !f.PassedAt.IsZero():
		state = "passed"
	case f.Cause:
		state = "cause said"
	}
	if f.FromList {
		state += " from the list"
	}
	return state
}

// String sums up an exam.
func (e ExamReport) String() string {
	text := fmt.Sprintf("%s, seed %d: %d of %d solved", day(e.At), e.Seed, e.Solved, e.Faults)
	if e.Open {
		text += ", not handed in"
	}
	return text
}

// outcome is what became of one fault in an exam, and after how many tries.
func outcome(r progress.ExamResult) string {
	if r.Fault == "" {
		return "not reached"
	}
	text := "fault " + r.Fault + ", "
	switch {
	case r.Solved():
		text += "solved"
	case r.Cause:
		text += "cause said, not repaired"
	case r.Repaired:
		text += "repaired, cause not said"
	default:
		text += "not solved"
	}
	return text + fmt.Sprintf("; answers: %d, checks: %d", len(r.Told), r.Checks)
}
