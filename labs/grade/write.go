package grade

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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
		return r.WriteText(w, 0)
	}
	return fmt.Errorf("unknown format %q: it is one of text, json, csv, junit", f)
}

// columns are the heading of the CSV form. New ones go to the end.
var columns = []string{
	"learner", "lesson", "lab", "kind", "status", "passed at", "checks", "hints", "solution seen first",
	"questions", "questions answered", "questions right", "right at first try",
	"seed", "fault", "cause said", "recheck", "faults",
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
	rest := make([]string, 5)
	if l.Fix != nil {
		rest[0], rest[1], rest[2] = strconv.FormatUint(l.Fix.Seed, 10), l.Fix.Fault, yesNo(l.Fix.Cause)
		rest[4] = l.faults()
	}
	if l.Recheck != nil {
		rest[3] = "failed"
		if l.Recheck.Passed {
			rest[3] = "passed"
		}
	}
	return rest
}

// formula is what a spreadsheet takes a field for a formula by that begins with it,
// also in the wide forms of East Asian writing.
const formula = "=+-@\t\r＝＋－＠"

// row writes quoted fields. A name that begins like a formula would be worked
// out by the spreadsheet; an apostrophe before it keeps it text. What steers a
// terminal is in none of them, for who looks at the file there.
func row(b *strings.Builder, fields []string) {
	for n, f := range fields {
		if n > 0 {
			b.WriteByte(',')
		}
		if first, _ := utf8.DecodeRuneInString(f); f != "" && strings.ContainsRune(formula, first) {
			f = "'" + f
		}
		b.WriteString(`"` + strings.ReplaceAll(printable(f), `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
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
