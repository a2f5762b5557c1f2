package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"drydock/labs/session"
	"drydock/lessons"
	"drydock/lessons/render"
	"drydock/testscripts"
)

// onTerminal has a tutor print to a terminal of so many columns, and returns the
// lines that are on it.
func (l learner) onTerminal(columns uint16, does func(*tutor)) []string {
	l.t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		l.t.Fatal(err)
	}
	defer master.Close()
	if err := pty.Setsize(slave, &pty.Winsize{Rows: 200, Cols: columns}); err != nil {
		l.t.Fatal(err)
	}
	text := make(chan string)
	go func() {
		var seen bytes.Buffer
		seen.ReadFrom(master) // ends when nobody holds the other end
		text <- seen.String()
	}()
	does(&tutor{in: slave, out: slave, err: slave, now: time.Now, program: "bin/drydock", lookup: func(key string) (string, bool) {
		value, ok := map[string]string{"DRYDOCK_STATE": l.state, "NO_COLOR": "1", "PAGER": ""}[key]
		return value, ok
	}})
	slave.Close()
	return strings.Split(strings.ReplaceAll(<-text, "\r\n", "\n"), "\n")
}

func TestLinesEndBetweenWords(t *testing.T) {
	for _, columns := range []uint16{80, 60} {
		for _, verb := range []string{
			"hint processes/parent", "lessons", "doctor", "progress", "grade", "check processes/parent", "quiz processes", "solution processes/parent",
		} {
			l := newLearner(t)
			l.types("read processes --step 2")
			piped, errs, _ := l.types(verb)
			words := strings.Fields(piped + errs)
			l = newLearner(t)
			l.types("read processes --step 2")
			lines := l.onTerminal(columns, func(t *tutor) {
				t.in, _ = os.Open(os.DevNull)
				run(strings.Fields(verb), t)
			})
			for _, line := range lines {
				if n := render.Width(line); n > int(columns) {
					t.Errorf("%s at %d columns: %d in\n%s", verb, columns, n, line)
				}
				for _, word := range strings.Fields(line) {
					if verb == "hint processes/parent" && !slices.Contains(words, word) {
						t.Errorf("%s at %d columns: %q is no word of it", verb, columns, word)
					}
				}
			}
		}
	}
}

func TestAChecksLinesGoOnUnderTheirBeginning(t *testing.T) {
	one := []session.Checked{{ID: "l/one", Title: "One", Reports: []testscripts.Report{{Checks: []testscripts.Check{
		{Title: "Nothing of the host is to be seen in there, whatever is tried", Reached: true, Found: "a word and another and one more, and so on"},
	}}}}}
	for plain, want := range map[bool]string{
		false: "  not yet  Nothing of the host is to be seen\n           in there, whatever is tried\n           found       a word and another and\n                       one more, and so on\n",
		true:  "  not yet  Nothing of the host is to be seen in there, whatever is tried\n           found       a word and another and one more, and so on\n",
	} {
		lines := newLearner(t).onTerminal(46, func(t *tutor) {
			t.plain = plain
			t.printChecked(t.out, one)
		})
		if got := strings.Join(lines, "\n"); !strings.Contains(got, want) {
			t.Errorf("plain %v: got\n%swant\n%s", plain, got, want)
		}
	}
}

// On a terminal the first step is read at the sandbox's prompt; without one, at
// that of whoever typed the command, as they typed it.
func TestTheFooterIsForWhereItIsRead(t *testing.T) {
	l, err := lessons.Find("processes")
	if err != nil {
		t.Fatal(err)
	}
	lines := newLearner(t).onTerminal(80, func(tutor *tutor) {
		if err := tutor.showStep(t.Context(), l); err != nil {
			t.Error(err)
		}
	})
	if got := strings.Join(lines, "\n"); !strings.Contains(got, "\n  type: next\n") {
		t.Errorf("before the sandbox's prompt: got\n%s", got)
	}
	out, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	run([]string{"start", "processes"}, &tutor{
		out: out, err: os.Stderr, now: time.Now, program: "bin/drydock",
		lookup: func(key string) (string, bool) { return t.TempDir(), key == "DRYDOCK_STATE" },
	})
	text, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\ntype: bin/drydock next\n", "in a terminal: bin/drydock start processes opens", "; bin/drydock next shows"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("without a terminal: got\n%swant %q", text, want)
		}
	}
}
