package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"drydock/lessons"
)

// answers runs a command line with standard input.
func (l learner) answers(line, input string) (stdout, stderr string, code int) {
	l.t.Helper()
	in := filepath.Join(l.t.TempDir(), "in")
	if err := os.WriteFile(in, []byte(input), 0o600); err != nil {
		l.t.Fatal(err)
	}
	f, err := os.Open(in)
	if err != nil {
		l.t.Fatal(err)
	}
	defer f.Close()
	out, err := os.Create(filepath.Join(l.t.TempDir(), "out"))
	if err != nil {
		l.t.Fatal(err)
	}
	defer out.Close()
	var errs bytes.Buffer
	code = run(strings.Fields(line), &tutor{
		in: f, out: out, err: &errs, now: time.Now,
		lookup: func(key string) (string, bool) {
			value, ok := map[string]string{"DRYDOCK_STATE": l.state}[key]
			return value, ok
		},
	})
	text, err := os.ReadFile(out.Name())
	if err != nil {
		l.t.Fatal(err)
	}
	return string(text), errs.String(), code
}

func TestQuizKeepsEachAnswerAndGoesOn(t *testing.T) {
	l := newLearner(t)
	out, _, code := l.answers("quiz processes", "b\n")
	if code != 1 || !strings.Contains(out, "1 of 3 answered, 1 right, and kept. To go on: drydock quiz processes\n") {
		t.Errorf("after one answer: got code %d and\n%s", code, out)
	}
	out, errs, code := l.answers("quiz processes", "b\na") // the last line without a newline
	if code != 0 || errs != "" || !strings.Contains(out, "processes: 3 of 3 right; at the first try: 3.\n") {
		t.Errorf("with the rest: got code %d, errors %q and\n%s", code, errs, out)
	}
	if strings.Contains(out, "Question 1 of 3") {
		t.Errorf("what was answered is asked again:\n%s", out)
	}
	out, _, code = l.answers("quiz processes --all", "b\na\na\n")
	if code != 0 || !strings.Contains(out, "Not right. ") || !strings.Contains(out, "Right is b: ") ||
		!strings.Contains(out, "processes: 2 of 3 right; at the first try: 3.\n") {
		t.Errorf("once more, one wrong: got code %d and\n%s", code, out)
	}
}

func TestQuizAsksWhatIsNotRightYet(t *testing.T) {
	l := newLearner(t)
	out, _, _ := l.answers("quiz processes", "a\nb\na\n") // the first is wrong
	if want := "What is not right yet: drydock quiz processes\n"; !strings.HasSuffix(out, want) {
		t.Errorf("one wrong: got\n%swant at its end %q", out, want)
	}
	out, _, code := l.answers("quiz processes", "b\n")
	if code != 0 || !strings.HasPrefix(out, "2 of 3 right already; --all asks these again, too.\n\nQuestion 1 of 3") {
		t.Errorf("the rest: got code %d and\n%s", code, out)
	}
	if want := "Once more: drydock quiz processes --all\n"; !strings.HasSuffix(out, want) {
		t.Errorf("all right: got\n%swant at its end %q", out, want)
	}
	const want = "processes: all 3 questions are right. Once more: drydock quiz processes --all\n"
	if out, _, code := l.answers("quiz processes", ""); code != 0 || out != want {
		t.Errorf("with nothing left: got code %d and\n%swant %q", code, out, want)
	}
}

func TestTheQuizOfTheOpenLessonSaysHowToGoOn(t *testing.T) {
	l := newLearner(t)
	l.wants("read processes --step 11", "")
	const want = "To go on: drydock next\n"
	for _, line := range []string{"quiz", "quiz processes"} { // the second time all is right
		if out, _, _ := l.answers(line, "b\nb\na\n"); !strings.HasSuffix(out, want) {
			t.Errorf("%s: got\n%swant at its end %q", line, out, want)
		}
	}
	if out, _, _ := l.answers("quiz chroot", "a\na\na\n"); strings.Contains(out, want) {
		t.Errorf("of another lesson: got\n%s", out)
	}
}

func TestQuizStopsAtALineThatIsNoAnswer(t *testing.T) {
	_, errs, code := newLearner(t).answers("quiz processes", "a\nnone of them\nb\n")
	if code != 1 || !strings.Contains(errs, "\"none of them\" is not among the answers") {
		t.Errorf("got code %d, errors %q", code, errs)
	}
}

func TestAnAnswerFromTheSandboxIsJudgedOutside(t *testing.T) {
	l := newLearner(t)
	out, _, code := l.types("internal-sheet processes Why? [0]")
	if code != 1 || out != "" {
		t.Errorf("a question that is not there: got code %d, %q", code, out)
	}
}

func TestReadingIsCalledOff(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	defer write.Close()
	ctx, cancel := context.WithCancel(t.Context())
	in, err := newLines(ctx, read)
	if err != nil {
		t.Fatal(err)
	}
	defer in.close()
	write.WriteString("one\n")
	if line, err := in.next(); line != "one" || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
	cancel()
	if line, err := in.next(); err != io.EOF {
		t.Errorf("after the end of the context: got %q, %v, want EOF", line, err)
	}
}

// The order is drawn from the question's text, and prepare renames commands in it.
func TestPageAndQuizShowOneOrder(t *testing.T) {
	all, err := lessons.Lessons()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := &tutor{out: os.Stdout, lookup: os.LookupEnv, now: time.Now, program: "bin/drydock"}
	for _, l := range all {
		shown, _, err := elsewhere.prepare(l, readFlags{})
		if err != nil {
			t.Fatal(err)
		}
		for n, q := range l.Questions() {
			if on := shown.Questions()[n].Order(); !slices.Equal(on, q.Order()) {
				t.Errorf("%s, question %d: %v on the page, %v asked", l.ID, n+1, on, q.Order())
			}
		}
	}
}
