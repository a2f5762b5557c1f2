package grade

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/labs"
	"drydock/labs/fault"
	"drydock/labs/progress"
	"drydock/lessons"
	"drydock/lessons/render"
)

var now = time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)

// report is one about a learner with a hostile name, who has passed one lab after
// its solution, begun one, and left one.
func report(t *testing.T) Report {
	t.Helper()
	q := lessons.Question{Text: "Why?", Answers: []lessons.Answer{{Right: true}, {}}}
	ls := []lessons.Lesson{{ID: "a", Steps: []lessons.Step{{Kind: lessons.QuestionsStep, Blocks: []lessons.Block{q}}}}, {ID: "b"}}
	all := []labs.Lab{
		{ID: "a/one", Kind: labs.Do}, {ID: "a/three", Kind: labs.Build},
		{ID: "a/two", Kind: labs.Fix, Faults: []fault.Fault{{Name: "only"}}},
	}
	var s progress.State
	s.Open("a", 1, now)
	l := s.Lesson("a")
	l.Answer("Why?", []int{1}, false, now)
	l.Answer("Why?", []int{0}, true, now)
	one := l.Lab("a/one")
	one.SeeSolution(now)
	one.Pass(now.Add(time.Minute))
	one.Attempts, one.HintsShown = 2, 1
	two := l.Lab("a/two")
	two.Give(7)
	two.Fault.Say("the baker\x1b[2J <&>", true, false, now)
	s.Sit(progress.Exam{At: now, Seed: 7, Results: []progress.ExamResult{{Lab: "a/two", Fault: "only", Cause: true}}}, now)
	return New(ls, all, []Learner{{`=cmd|"Ü"` + "\x1b[2J", s}}, now)
}

func write(t *testing.T, r Report, f Format) string {
	t.Helper()
	var b strings.Builder
	if err := r.Write(&b, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReportCounts(t *testing.T) {
	l := report(t).Learners[0]
	if l.Passed != 1 || l.Labs != 3 || len(l.Lessons) != 2 {
		t.Errorf("got %d of %d labs, %d lessons", l.Passed, l.Labs, len(l.Lessons))
	}
	if q := l.Lessons[0].Quiz; q != (QuizReport{Questions: 1, Answered: 1, Right: 1}) {
		t.Errorf("quiz: got %+v", q)
	}
	one, two := l.Lessons[0].Labs[0], l.Lessons[0].Labs[2]
	if one.Status != "passed" || !one.SolutionFirst || one.Attempts != 2 || one.Hints != 1 {
		t.Errorf("a passed lab: got %+v", one)
	}
	if two.Fix == nil || two.Fix.Fault != "only" || !two.Fix.Cause || len(two.Fix.Answers) != 1 || two.Status != "started" {
		t.Errorf("a fix lab: got %+v, %+v", two, two.Fix)
	}
	if e := l.Exams[0]; e.Solved != 0 || e.Faults != 1 {
		t.Errorf("an exam: got %+v", e)
	}
}

// The names of JSON's fields are promised in the package's comment.
func TestJSONIsAsPromised(t *testing.T) {
	text := write(t, report(t), JSON)
	var back Report
	if err := json.Unmarshal([]byte(text), &back); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"version": 1`, `"learners"`, `"lesson": "a"`, `"questions": 1`, `"right_first": 0`, `"lab": "a/one"`,
		`"status": "passed"`, `"passed_at": "2026-11-21T10:01:00Z"`, `"solution_first": true`, `"fault": "only"`, `"exams"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if strings.Contains(text, "0001-01-01") {
		t.Errorf("a time that is not known stands as one:\n%s", text)
	}
}

func TestCSVOpensInASpreadsheet(t *testing.T) {
	text := write(t, report(t), CSV)
	body, marked := strings.CutPrefix(text, "\ufeff")
	if !marked {
		t.Error("no byte order mark")
	}
	rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 5 || !slices.Equal(rows[0], columns) { // heading, three labs, a lesson without
		t.Fatalf("got %d rows: %q", len(rows), rows)
	}
	if !strings.HasPrefix(rows[1][0], `'=cmd|"Ü"`) {
		t.Errorf("a name that begins like a formula: got %q", rows[1][0])
	}
	if rows[1][5] != "2026-11-21 10:01:00" || rows[1][8] != "yes" || rows[3][14] != "only" {
		t.Errorf("got %q and %q", rows[1], rows[3])
	}
	for _, line := range strings.Split(strings.TrimSuffix(body, "\r\n"), "\r\n") {
		if !strings.HasPrefix(line, `"`) || !strings.HasSuffix(line, `"`) {
			t.Errorf("not quoted: %s", line)
		}
	}
}

func TestNoFieldOfACSVIsAFormulaOrSteersATerminal(t *testing.T) {
	for field, want := range map[string]string{
		"=1+1": `"'=1+1"`, "＝1+1": `"'＝1+1"`, "＠x": `"'＠x"`, "\tx": `"'?x"`, "a=1": `"a=1"`, "Ü": `"Ü"`, "": `""`,
		"\x1b[31mred": `"?[31mred"`, "two\nlines": `"two?lines"`, "one \"two\"": `"one ""two"""`, "\xff": `"�"`,
	} {
		var b strings.Builder
		if row(&b, []string{field}); b.String() != want+"\r\n" {
			t.Errorf("%q: got %s, want %s", field, b.String(), want)
		}
	}
}

// schema is what Jenkins' junit-10.xsd allows of what is used here: for each
// element its parents, the attributes it must have, and those it may.
var schema = map[string]struct{ parent, must, may string }{
	"testsuites": {"", "", "name time tests failures errors"},
	"testsuite":  {"testsuites", "name tests failures errors", "group time skipped timestamp hostname id package file log url"},
	"testcase":   {"testsuite", "name", "time classname group"},
	"failure":    {"testcase", "", "type message"},
	"skipped":    {"testcase", "", "type message"},
}

func TestJUnitFollowsTheSchema(t *testing.T) {
	r := report(t)
	r.Learners[0].Lessons[0].Labs[0].Recheck = &Recheck{Found: "\x00 no <program>"}
	text := write(t, r, JUnit)
	d := xml.NewDecoder(strings.NewReader(text))
	open, seen := []string{""}, map[string]int{}
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		switch e := token.(type) {
		case xml.StartElement:
			rule, ok := schema[e.Name.Local]
			if !ok || rule.parent != open[len(open)-1] {
				t.Errorf("<%s> in <%s>", e.Name.Local, open[len(open)-1])
			}
			must := strings.Fields(rule.must)
			for _, a := range e.Attr {
				if !slices.Contains(append(strings.Fields(rule.may), must...), a.Name.Local) {
					t.Errorf("<%s %s>", e.Name.Local, a.Name.Local)
				}
				must = slices.DeleteFunc(must, func(name string) bool { return name == a.Name.Local })
			}
			if len(must) > 0 {
				t.Errorf("<%s> has no %v", e.Name.Local, must)
			}
			open = append(open, e.Name.Local)
			seen[e.Name.Local]++
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
	if seen["testcase"] != 3 || seen["failure"] != 2 || seen["skipped"] != 1 {
		t.Errorf("got %v", seen)
	}
}

func TestTextCannotSteerTheTerminal(t *testing.T) {
	text := write(t, report(t), Text)
	if strings.Contains(text, "\x1b") || !strings.Contains(text, "1 of 3 labs passed") || !strings.Contains(text, "solution seen first") {
		t.Errorf("got %q", text)
	}
}

// A teacher sees the fault that was passed, not only the one that was tried last.
func TestAllFaultsAreGraded(t *testing.T) {
	lab := labs.Lab{ID: "a/two", Kind: labs.Fix, Faults: []fault.Fault{{Name: "one"}, {Name: "two"}}}
	first, other := uint64(1), uint64(2)
	for lab.Fault(other).Name == lab.Fault(first).Name {
		other++
	}
	var s progress.State
	s.Open("a", 1, now)
	record := s.Lesson("a").Lab("a/two")
	record.Give(first)
	record.Fault.Say("the baker", true, false, now)
	record.Pass(now)
	record.Give(other)
	r := New([]lessons.Lesson{{ID: "a"}}, []labs.Lab{lab}, []Learner{{"ann", s}}, now)
	got := r.Learners[0].Lessons[0].Labs[0]
	if got.Fix.Fault != lab.Fault(first).Name || !got.Fix.PassedAt.Equal(now) || len(got.Faults) != 2 || got.Faults[1].Seed != other {
		t.Errorf("got %+v, and %+v", got.Fix, got.Faults)
	}
	want := fmt.Sprintf("fault %s (seed %d): passed, fault %s (seed %d): open", lab.Fault(first).Name, first, lab.Fault(other).Name, other)
	for _, f := range []Format{Text, CSV} {
		if text := write(t, r, f); !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	for _, columns := range []int{60, 80, 120} {
		var b strings.Builder
		if err := report(t).WriteText(&b, columns); err != nil {
			t.Fatal(err)
		}
		if got := render.Width(b.String()); got > columns {
			t.Errorf("%d columns in a terminal of %d:\n%s", got, columns, b.String())
		}
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), "fault only (seed 7): cause said") {
			t.Errorf("the fault's state is missing in\n%s", b.String())
		}
	}
}

func TestExportsAreReadBack(t *testing.T) {
	dir := t.TempDir()
	put := func(name, learner string) {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if err := WriteExport(f, Learner{learner, progress.State{Version: 1, Seed: 7}}, now); err != nil {
			t.Fatal(err)
		}
	}
	put("1.json", "zoe")
	put("2.json", "ann")
	put("3.json", "")
	class, err := Read([]string{dir})
	if err != nil || len(class) != 3 || class[0].Name != "3" || class[1].Name != "ann" || class[1].State.Seed != 7 {
		t.Errorf("got %+v, %v", class, err)
	}
	put("4.json", "ann")
	if err := os.WriteFile(filepath.Join(dir, "0.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	class, err = Read([]string{dir})
	for _, want := range []string{"2.json is of learner \"ann\" too", "0.json"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	if len(class) != 3 {
		t.Errorf("beside a bad export %d learners are graded, want the other 3", len(class))
	}
	for text, want := range map[string]string{
		`{"version": 1}`: "is no export", `{`: "reading progress in",
		`{"drydock": "progress", "progress": {"version": 9}}`: "newer",
	} {
		file := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read([]string{file}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", text, err, want)
		}
	}
	if _, err := Read([]string{t.TempDir()}); err == nil {
		t.Error("an empty folder is a class")
	}
}
