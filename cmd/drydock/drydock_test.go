package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// TestMain lets this test binary be a sandbox's first process, as drydock is:
// without it, each would run all tests again.
func TestMain(m *testing.M) {
	sandbox.MaybeInit()
	os.Exit(m.Run())
}

// learner runs command lines with a state of its own; what it prints goes to a
// file, as in `drydock … > file`.
type learner struct {
	t     *testing.T
	state string

	program string // how drydock is called
	home    string // "" for none
}

func newLearner(t *testing.T) learner {
	return learner{t: t, state: filepath.Join(t.TempDir(), "state")}
}

// types runs one command line.
func (l learner) types(line string) (stdout, stderr string, code int) {
	l.t.Helper()
	out, err := os.Create(filepath.Join(l.t.TempDir(), "out"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer out.Close()
	var errs bytes.Buffer
	code = run(strings.Fields(line), &tutor{
		out: out, err: &errs, now: time.Now, program: l.program,
		lookup: func(key string) (string, bool) {
			value, ok := map[string]string{"DRYDOCK_STATE": l.state, "HOME": l.home}[key]
			return value, ok
		},
	})
	text, err := os.ReadFile(out.Name())
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text), errs.String(), code
}

// wants runs a command line that succeeds and prints text.
func (l learner) wants(line, text string) {
	l.t.Helper()
	out, errs, code := l.types(line)
	if code != 0 || errs != "" || !strings.Contains(out, text) {
		l.t.Errorf("drydock %s: got code %d, errors %q, and\n%swant it to print %q", line, code, errs, out, text)
	}
}

func TestWalkThroughALesson(t *testing.T) {
	l := newLearner(t)
	l.wants("progress", "No lesson opened yet")
	l.wants("lessons --plain", "1. processes: ")
	l.wants("read processes", "Step 1: ")
	l.wants("next", "processes 1/")
	l.wants("next --plain", "Before you run it")
	l.wants("predict 100 bytes", "ls -l /proc")
	l.wants("next", "You predicted: 100 bytes")
	l.wants("again", "You predicted: 100 bytes")
	l.wants("next", "processes 2/")
	l.wants("next 3", "processes 3/")
	l.wants("steps", "\n3     fork: called once, returns twice ")
	l.wants("steps", " you are here\n4 ")
	l.wants("back", "processes 2/")
	l.wants("progress --plain", "processes: step 2 of ")
	l.wants("lessons", "step 2 of ")
	l.wants("next 1", "processes 1/")
	l.wants("back", "This is the first step of processes.")
	l.wants("read 1 --step 3", "processes 3/")
	l.wants("next", "processes 4/")
	l.wants("back", "processes 3/")
}

func TestNextEndsWithTheLesson(t *testing.T) {
	l := newLearner(t)
	l.types("read processes")
	for range 60 {
		if out, _, _ := l.types("next"); strings.HasPrefix(out, "That was the last step of processes") {
			return
		}
	}
	t.Error("sixty times next did not reach the end of the lesson")
}

func TestMistakesAreExplainedInTwoLines(t *testing.T) {
	tests := []struct{ line, want string }{
		{"read proceses", "drydock: unknown lesson \"proceses\": did you mean processes?\n"},
		{"read processes --step 99", "drydock: lesson processes has steps 1 to "},
		{"read processes --colour", "drydock: unknown flag: --colour\nusage: drydock read LESSON [flags]\n"},
		{"read", "drydock: read needs one lesson, got 0\nusage: drydock read LESSON [flags]\n"},
		{"lessons twice", "drydock: lessons takes no argument, got \"twice\"\nusage: drydock lessons [flags]\n"},
		{"raed processes", "drydock: unknown command \"raed\": did you mean read?\n"},
		{"fly", "drydock: unknown command \"fly\": `drydock --help` lists them\n"},
		{"next", "drydock: no lesson is open: `drydock lessons` lists them, `drydock read LESSON` opens one\n"},
		{"--colour", "drydock: unknown flag: --colour\n"},
	}
	for _, tt := range tests {
		out, errs, code := newLearner(t).types(tt.line)
		if code != 1 || out != "" || !strings.HasPrefix(errs, tt.want) || strings.Count(errs, "\n") > 2 {
			t.Errorf("drydock %s: got code %d, output %q, errors %q, want errors %q", tt.line, code, out, errs, tt.want)
		}
	}
}

func TestReadingGoesOnWhenProgressCannotBeKept(t *testing.T) {
	l := newLearner(t)
	l.state = "/dev/null/drydock"
	out, errs, code := l.types("read processes")
	if code != 0 || !strings.Contains(out, "Lesson 1: ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("got code %d, errors %q, want the lesson and one line", code, errs)
	}
}

func TestDamagedProgressIsSaidOnce(t *testing.T) {
	l := newLearner(t)
	if err := os.MkdirAll(l.state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.state, "progress.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, errs, code := l.types("progress")
	if code != 0 || !strings.Contains(errs, "was damaged; it is kept as "+l.state) || strings.Count(errs, "\n") != 1 {
		t.Errorf("got code %d, errors %q, want one line that names the file", code, errs)
	}
	l.wants("progress", "No lesson opened yet")
}

func TestHelpBeginsWithTheFirstVerbs(t *testing.T) {
	for _, line := range []string{"", "--help", "help"} {
		newLearner(t).wants(line, "Begin with:\n  start [LESSON|LAB] ")
	}
	newLearner(t).wants("read --help", "--no-pager")
	newLearner(t).wants("help read", "--no-pager")
}

func TestLessonsSayWhatTheMachineLacks(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	machine := []sandbox.Finding{{Name: "namespaces", OK: true}, {Name: "go"}}
	var state progress.State
	l := lessons.Lesson{ID: "pids", Title: "Pids", Needs: []string{"userns", "go"}}
	o := overview{session.Standings([]lessons.Lesson{l}, nil, &state, machine), machine}
	tutor := &tutor{out: file}
	tutor.listLessons(o)
	tutor.tellMissing(o)
	text, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Missing on this machine: go; `drydock doctor`", "\npids needs go\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("got\n%swant %q in it", text, want)
		}
	}
}

func TestTheTableOfLessonsFitsATerminal(t *testing.T) {
	l := newLearner(t)
	l.types("start limits")
	out, _, _ := l.types("lessons")
	for _, want := range []string{"\n1   processes ", "   do: parent ", "  fix: zombie-maker ", "step 1 of "} {
		if !strings.Contains(out, want) {
			t.Errorf("got\n%swant %q in it", out, want)
		}
	}
	for _, what := range []string{"lessons", "progress"} {
		out, _, _ := l.types(what)
		for line := range strings.Lines(out) {
			if width := len([]rune(line)) - 1; width > tableWidth {
				t.Errorf("%s: a line of %d columns: %s", what, width, line)
			}
		}
	}
}

func TestDrydockAloneSaysFirstWhatComesNext(t *testing.T) {
	l := newLearner(t)
	for _, want := range []string{"To begin: drydock start\n", "To go on with chroot, at step 4 of 10: drydock start\n"} {
		if out, _, _ := l.types(""); !strings.HasPrefix(out, want) {
			t.Errorf("got %.100q, want it to begin with %q", out, want)
		}
		l.types("start chroot --step 4")
	}
}

// A file that a newer drydock wrote is not taken for a learner who did nothing.
func TestProgressThatCannotBeReadIsNotNone(t *testing.T) {
	l := newLearner(t)
	l.wants("read processes", "")
	if err := os.WriteFile(filepath.Join(l.state, "progress.json"), []byte(`{"version": 99}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"progress", "grade", "progress --export -"} {
		out, errs, code := l.types(line)
		if code != 1 || out != "" || !strings.Contains(errs, "newer") {
			t.Errorf("%s: got code %d, output %q, errors %q", line, code, out, errs)
		}
	}
}
