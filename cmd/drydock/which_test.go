package main

import (
	"strings"
	"testing"

	"drydock/labs"
	"drydock/labs/session"
	"drydock/mini-docker/image/base"
)

func TestTheLabOfTheStepIsMeant(t *testing.T) {
	for step, want := range map[string]string{"2": "mounts/private-tmp", "3": "mounts/private-tmp", "7": "mounts/pivot-root"} {
		l := newLearner(t)
		l.wants("read mounts --step "+step, "")
		l.wants("hint", want+", hint 1 of")
		_, errs, _ := l.types("solution")
		if !strings.Contains(errs, want+" is not passed yet") {
			t.Errorf("solution at step %s: got %q, want one of %s", step, errs, want)
		}
	}
}

func TestACheckTellsOfLabsBehindAndOnceItPassesOfThoseAhead(t *testing.T) {
	l := newLearner(t)
	l.wants("read mounts --step 7", "")
	out, errs, code := l.types("check")
	if code != 2 || !strings.HasPrefix(errs, "drydock: lab mounts/pivot-root cannot be checked: ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("got code %d, errors %q", code, errs)
	}
	const open = "(Lab mounts/private-tmp is still open, at step 3.)\n"
	if out != open {
		t.Errorf("got %q, want %q", out, open)
	}
	all, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	meant, err := labs.Pick(all, "mounts/pivot-root")
	if err != nil {
		t.Fatal(err)
	}
	told := strings.Join(l.onTerminal(80, func(t *tutor) { t.tellOthers(meant, session.Done) }), "\n")
	if want := open + "(Another lab comes later, at step 8: mounts/leak.)\n"; told != want {
		t.Errorf("passed: got %q, want %q", told, want)
	}
}

func TestALabThatCannotBeCheckedKeepsNoOtherFromIt(t *testing.T) {
	_, errs, code := newLearner(t).types("check mounts")
	if code != 2 || strings.Count(errs, "\n") != 2 || !strings.Contains(errs, "lab mounts/pivot-root cannot") {
		t.Errorf("got code %d and %q, want a line for each of two labs", code, errs)
	}
}

func TestALabIsNotStartedByItsLesson(t *testing.T) {
	l := newLearner(t)
	l.types("start processes")
	l.wants("progress --plain", "lab processes/parent: started")
	l.wants("progress --plain", "lab processes/zombie-maker: not started")
}

func TestAFixLabThatIsNotOpenSaysHowToOpenIt(t *testing.T) {
	if _, ok := base.Layer(); !ok {
		t.Skip("built without the base image, of which sandboxes are made")
	}
	l := newLearner(t)
	l.program, l.home = "bin/drydock", t.TempDir()
	l.wants("read processes --step 9", "")
	const want = "drydock: lab processes/zombie-maker cannot be checked: it is not open: `bin/drydock start processes/zombie-maker` opens"
	if _, errs, code := l.types("check"); code != 2 || !strings.HasPrefix(errs, want) {
		t.Errorf("got code %d, errors %q, want %q", code, errs, want)
	}
}

func TestASeedIsANumber(t *testing.T) {
	for _, command := range []string{"exam processes", "start zombie-maker"} {
		for _, seed := range []string{"-1", "18446744073709551616", "abc"} {
			_, errs, code := newLearner(t).types(command + " --seed " + seed)
			if code == 0 || !strings.Contains(errs, "want a whole number from 0 to 18446744073709551615\n") {
				t.Errorf("%s --seed %s: got code %d, errors %q", command, seed, code, errs)
			}
		}
	}
}
