package main

import (
	"strings"
	"testing"

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

func TestACheckTellsOfTheOtherLabsInALineEach(t *testing.T) {
	l := newLearner(t)
	l.wants("read mounts --step 3", "")
	out, errs, code := l.types("check")
	if code != 2 || !strings.HasPrefix(errs, "drydock: lab mounts/private-tmp cannot be checked: ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("got code %d, errors %q", code, errs)
	}
	if want := "Later, at step 7: mounts/pivot-root\nLater, at step 8: mounts/leak\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
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
