package main

import (
	"bytes"
	"strings"
	"testing"

	"drydock/labs/session"
	"drydock/testscripts"
)

func TestHintsComeInTiersAndAreRemembered(t *testing.T) {
	l := newLearner(t)
	l.wants("hint processes/parent", "hint 1 of 3")
	l.wants("hint parent", "hint 2 of 3")
	l.wants("hint processes/parent", "hint 3 of 3")
	l.wants("hint processes/parent", "no more hints")
	l.wants("read processes", "")
	l.wants("progress --plain", "hints shown: 3")
}

// Where there are colours, code in a hint has one, as on a page; all else keeps its
// backticks, in lines that nobody broke.
func TestCodeInAHintIsShownAsOnAPage(t *testing.T) {
	l := newLearner(t)
	l.wants("hint limits/memory-eater", "`mini-docker ps -a` shows what you have. Which of the three is not as it should be: its limit")
	for range 3 { // and the last one once more
		lines := l.onTerminal(80, func(t *tutor) {
			uncoloured := t.lookup
			t.lookup = func(key string) (string, bool) {
				if key == "NO_COLOR" {
					return "", false
				}
				return uncoloured(key)
			}
			run([]string{"hint", "limits/memory-eater"}, t)
		})
		if text := strings.Join(lines, "\n"); strings.Contains(text, "`") || !strings.Contains(text, "--memory-swap") {
			t.Errorf("on a terminal: got\n%s", text)
		}
	}
}

func TestASolutionIsNotShownByMistake(t *testing.T) {
	l := newLearner(t)
	out, errs, code := l.types("solution processes/parent")
	if code == 0 || strings.Contains(out, "sleep 4711") || !strings.Contains(errs, "drydock solution processes/parent --yes") {
		t.Errorf("got code %d, output %q, errors %q", code, out, errs)
	}
	l.wants("solution processes/parent --yes", "sh -c 'sleep 4711 &'")
}

func TestWhatCannotBeCheckedIsNeitherPassedNorFailed(t *testing.T) {
	l := newLearner(t)
	for line, want := range map[string]string{
		"check processes/parnt": "did you mean processes/parent?",
		"check":                 "no lesson is open",
	} {
		_, errs, code := l.types(line)
		if code != 2 || !strings.Contains(errs, want) {
			t.Errorf("drydock %s: got code %d, errors %q; want code 2 and %q", line, code, errs, want)
		}
	}
}

func TestAFailedCheckSaysWhatItSaw(t *testing.T) {
	var out bytes.Buffer
	tutor := &tutor{}
	tutor.printChecked(&out, []session.Checked{{ID: "l/one", Title: "One", Reports: []testscripts.Report{{Checks: []testscripts.Check{
		{Title: "First", OK: true, Reached: true},
		{Title: "Second", Reached: true, Looked: "here", Found: "two\nlines", Expected: "one", Meaning: "too many"},
		{Title: "Third"},
	}}}}})
	const want = `l/one: One
  ok       First
  not yet  Second
           looked at   here
           found       two
                       lines
           expected    one
           that means  too many
  later    Third
Not yet: 1 of 3 checks passed. For a hint: drydock hint l/one
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestShortNamesAreVerbs(t *testing.T) {
	for typed, want := range map[string]string{
		"/usr/local/bin/check --watch": "check --watch",
		"next":                         "next",
		"bin/drydock check":            "check",
	} {
		if got := strings.Join(commandLine(strings.Fields(typed)), " "); got != want {
			t.Errorf("%s: got %q, want %q", typed, got, want)
		}
	}
}
