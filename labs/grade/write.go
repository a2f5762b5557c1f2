package grade

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// Format is a form that a report can be written in.
type Format string

// The formats.
const (
	Text  Format = "text"  // to read
	JSON  Format = "json"  // Report
	CSV   Format = "csv"   // for a spreadsheet, a row a lab
	JUnit Format = "junit" // for a build server, a test case a lab
)

// Formats lists them.
func Formats() []Format { return []Format{Text, JSON, CSV, JUnit} }

// Write writes the report.
func (r Report) Write(w io.Writer, f Format) error {
	switch f {
	case JSON:
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(r)
	case CSV:
		return r.csv(w)
	case JUnit:
		return r.junit(w)
	case Text:
		return r.text(w)
	}
	return fmt.Errorf("unknown format %q: it is one of text, json, csv, junit", f)
}

// columns are the heading of the CSV form. New ones go to the end.
var columns = []string{
	"learner", "lesson", "lab", "kind", "status", "passed at", "checks", "hints", "solution seen first",
	"questions", "questions answered", "questions right", "right at first try",
	"seed", "fault", "cause said", "recheck",
}

// csv writes one row a lab (RFC 4180), in the form that spreadsheets open without
// a question: a byte order mark tells them of UTF-8, and every field is quoted.
func (r Report) csv(w io.Writer) error {
	var b strings.Builder
	b.WriteString("\ufeff")
	row(&b, columns)
	for _, learner := range r.Learners {
		for _, lesson := range learner.Lessons {
			q := lesson.Quiz
			counts := []string{itoa(q.Questions), itoa(q.Answered), itoa(q.Right), itoa(q.RightFirst)}
			rows := lesson.Labs
			if len(rows) == 0 {
				rows = []LabReport{{}} // its questions count all the same
			}
			for _, lab := range rows {
				fields := []string{
					learner.Learner, lesson.Lesson, lab.Lab, string(lab.Kind), lab.Status, date(lab.PassedAt),
					itoa(lab.Attempts), itoa(lab.Hints), yesNo(lab.SolutionFirst),
				}
				row(&b, append(append(fields, counts...), lab.rest()...))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// rest are the columns that only some labs fill.
func (l LabReport) rest() []string {
	rest := make([]string, 4)
	if l.Fix != nil {
		rest[0], rest[1], rest[2] = strconv.FormatUint(l.Fix.Seed, 10), l.Fix.Fault, yesNo(l.Fix.Cause)
	}
	if l.Recheck != nil {
		rest[3] = "failed"
		if l.Recheck.Passed {
			rest[3] = "passed"
		}
	}
	return rest
}

// row writes quoted fields. A name that begins like a formula would be worked
// out by the spreadsheet; an apostrophe before it keeps it text.
func row(b *strings.Builder, fields []string) {
	for n, f := range fields {
		if n > 0 {
			b.WriteByte(',')
		}
		if f != "" && strings.ContainsRune("=+-@\t\r", rune(f[0])) {
			f = "'" + f
		}
		b.WriteString(`"` + strings.ReplaceAll(f, `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
}

// text writes a table a learner.
func (r Report) text(w io.Writer) error {
	for n, learner := range r.Learners {
		if n > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %d of %d labs passed\n", printable(learner.Learner), learner.Passed, learner.Labs)
		var b strings.Builder
		table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "  LESSON OR LAB\tSTATUS\tON\tCHECKS\tHINTS\tREMARKS")
		for _, lesson := range learner.Lessons {
			fmt.Fprintf(table, "  %s\t%s\t\t\t\t%s\n", lesson.Lesson, lesson.status(), lesson.Quiz)
			for _, lab := range lesson.Labs {
				fmt.Fprintf(table, "    %s\t%s\t%s\t%d\t%d\t%s\n", lab.Lab, or(lab.Status, "-"), day(lab.PassedAt),
					lab.Attempts, lab.Hints, lab.remarks())
			}
		}
		if err := table.Flush(); err != nil {
			return err
		}
		for line := range strings.Lines(b.String()) {
			fmt.Fprintln(w, strings.TrimRight(line, " \n"))
		}
		for _, e := range learner.Exams {
			fmt.Fprintf(w, "  exam of %s, seed %d: %d of %d solved\n", day(e.At), e.Seed, e.Solved, e.Faults)
		}
	}
	return nil
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
	if l.Fix != nil {
		all = append(all, "fault "+l.Fix.Fault)
		if l.Fix.FromList {
			all = append(all, "cause from the list")
		}
	}
	if l.Recheck != nil && !l.Recheck.Passed {
		all = append(all, "does not pass now")
	}
	return strings.Join(all, ", ")
}

// printable keeps a name from another's file from steering the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, s)
}

func itoa(n int) string { return strconv.Itoa(n) }

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// date is a time as spreadsheets read it; day is its first half.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

func day(t time.Time) string { d, _, _ := strings.Cut(date(t), " "); return d }
