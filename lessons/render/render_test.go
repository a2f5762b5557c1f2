package render

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	xansi "github.com/charmbracelet/x/ansi"

	"drydock/lessons"
)

var update = flag.Bool("update", false, "write the golden files anew")

// sample is a lesson with every kind of block.
func sample(t *testing.T) lessons.Lesson {
	t.Helper()
	src, err := os.ReadFile("testdata/lesson.md")
	if err != nil {
		t.Fatal(err)
	}
	l, err := lessons.Parse("lessons/05-pids/lesson.md", src)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func whole(t *testing.T, o Options) string {
	t.Helper()
	return Lesson(sample(t), o)
}

func step(t *testing.T, n int, o Options) string {
	t.Helper()
	text, err := Step(sample(t), n, o)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// styles with the names of their golden files.
var styles = map[string]Style{"plain": Plain, "mono": Mono, "either": Either, "dark": Dark, "light": Light}

func TestGolden(t *testing.T) {
	for _, name := range []string{"plain", "either"} {
		for _, width := range []int{40, 80, 120} {
			golden(t, fmt.Sprintf("%s-%d.txt", name, width), whole(t, Options{Width: width, Style: styles[name]}))
		}
	}
	golden(t, "answers.txt", step(t, 3, Options{Answers: true, Teacher: true}))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; look at it, then go test -update. Got:\n%s", file, got)
	}
}

func TestPlainHasNoEscapeCodes(t *testing.T) {
	for n := range sample(t).Steps {
		if text := step(t, n+1, Options{Teacher: true, Answers: true}); strings.ContainsRune(text, '\x1b') {
			t.Errorf("step %d holds an escape code: %q", n+1, text)
		}
	}
	if text := whole(t, Options{Teacher: true}); strings.ContainsRune(text, '\x1b') {
		t.Errorf("the lesson holds an escape code: %q", text)
	}
}

func TestNoColorHasNoColour(t *testing.T) {
	text := whole(t, Options{Style: Mono})
	if found := regexp.MustCompile(`\x1b\[[0-9;]*[34][0-9][;m]`).FindString(text); found != "" {
		t.Errorf("got a colour %q", found)
	}
	if !strings.Contains(text, "\x1b[1m") {
		t.Error("what is typed does not stand out")
	}
}

func TestNoLineIsWiderThanAsked(t *testing.T) {
	for name, s := range styles {
		for _, width := range []int{24, 40, 60, 80, 100} {
			for n, line := range strings.Split(whole(t, Options{Width: width, Style: s, Teacher: true, Answers: true}), "\n") {
				if got := xansi.StringWidth(line); got > width {
					t.Errorf("%s at %d columns: line %d has %d: %q", name, width, n+1, got, line)
				}
			}
		}
	}
}

func TestLinesEndWithoutBlanksAndWithColourClosed(t *testing.T) {
	open := regexp.MustCompile(`\x1b\[[0-9;]*[1-9][0-9;]*m[^\x1b]*$`)
	for name, s := range styles {
		for n, line := range strings.Split(whole(t, Options{Style: s}), "\n") {
			if bare := xansi.Strip(line); strings.TrimRight(bare, " ") != bare {
				t.Errorf("%s: line %d ends in blanks: %q", name, n+1, line)
			}
			if open.MatchString(line) {
				t.Errorf("%s: line %d leaves a colour open: %q", name, n+1, line)
			}
		}
	}
}

func TestPicturesAreNeverWrapped(t *testing.T) {
	const top = "┌─ host ─────────────────────────────────────────┐\n"
	const alt = "each process"
	for _, tt := range []struct {
		width    int
		style    Style
		drawn    bool
		wantText bool
	}{{100, Dark, true, false}, {50, Dark, true, false}, {49, Dark, false, true}, {100, Plain, false, true}} {
		text := step(t, 1, Options{Width: tt.width, Style: tt.style})
		if got := strings.Contains(text, top); got != tt.drawn {
			t.Errorf("at %d columns: drawn %v, want %v", tt.width, got, tt.drawn)
		}
		if got := strings.Contains(strings.Join(strings.Fields(text), " "), alt); got != tt.wantText {
			t.Errorf("at %d columns: alt text %v, want %v", tt.width, got, tt.wantText)
		}
	}
}

func TestInlineCodeIsKeptWhole(t *testing.T) {
	for width := 40; width < 100; width++ {
		text := whole(t, Options{Width: width})
		if !strings.Contains(text, "`fork -n 3`") {
			t.Errorf("at %d columns `fork -n 3` is broken", width)
		}
	}
}

// Each word must be where the line before had no room for it.
func TestLinesWithHyphensAreFilled(t *testing.T) {
	const text = "A signal is a number that the kernel hands to a process: INT (Ctrl-C) is 2, and " +
		"a container got files of the host written (CVE-2018-15664), read-only or not."
	p := newPainter(Options{})
	for width := 24; width < 100; width++ {
		lines := strings.Split(p.flow(text, width), "\n")
		for n, line := range lines[1:] {
			first, _, _ := strings.Cut(line, " ")
			if before := lines[n]; xansi.StringWidth(before+" "+first) <= width || strings.HasSuffix(before, "Ctrl") {
				t.Errorf("at %d columns %q is followed by %q", width, before, line)
			}
		}
	}
}

func TestStepSaysWhereOneIsAndWhatToDo(t *testing.T) {
	tests := []struct {
		n             int
		first, footer string
	}{
		{1, "pids 1/4 · A process tree of your own", "type: drydock next"},
		{2, "pids 2/4 · A process tree of your own", "type: drydock start pids · drydock check · drydock hint · drydock next\n      drydock back"},
		{3, "pids 3/4 · A process tree of your own", "type: drydock quiz pids · drydock next · drydock back"},
		{4, "pids 4/4 · A process tree of your own", "type: drydock back"},
	}
	for _, tt := range tests {
		text := strings.TrimSpace(step(t, tt.n, Options{}))
		if got, _, _ := strings.Cut(text, "\n"); got != tt.first {
			t.Errorf("step %d: first line %q, want %q", tt.n, got, tt.first)
		}
		if !strings.HasSuffix(text, "\n"+tt.footer) {
			t.Errorf("step %d: got %q, want it to end in %q", tt.n, text, tt.footer)
		}
	}
	inside := step(t, 2, Options{Inside: true})
	if want := "\ntype: check · hint · next · back\n"; !strings.HasSuffix(inside, want) {
		t.Errorf("inside a sandbox: got %q, want it to end in %q", inside, want)
	}
	last := step(t, 4, Options{Inside: true, Program: "bin/drydock", Then: "users"})
	if want := "\ntype: back · exit, and then bin/drydock start users\n"; !strings.HasSuffix(last, want) {
		t.Errorf("at the end, inside: got %q, want it to end in %q", last, want)
	}
	task := step(t, 2, Options{Tasks: map[string]string{"pids/reaper": "Reap `them`."}})
	if !strings.Contains(task, "\n\nReap `them`.\n\nWrite the reaper back.") {
		t.Errorf("a lab's task is not shown under its heading: %s", task)
	}
	if _, err := Step(sample(t), 5, Options{}); err == nil || err.Error() != "lesson pids has steps 1 to 4, not 5" {
		t.Errorf("step 5: got error %v", err)
	}
}

func TestAnswersAndTeacherAreHidden(t *testing.T) {
	hidden := whole(t, Options{})
	for _, text := range []string{"Slowly.", "the kernel makes it the parent", "[x]"} {
		if strings.Contains(hidden, text) {
			t.Errorf("%q is shown unasked", text)
		}
	}
	shown := whole(t, Options{Teacher: true, Answers: true})
	for _, text := range []string{"Slowly.", "Yes: the kernel makes it the parent", "No: not from inside"} {
		if !strings.Contains(shown, text) {
			t.Errorf("%q is not shown when asked for", text)
		}
	}
}
