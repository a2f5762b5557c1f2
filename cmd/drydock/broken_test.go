package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"drydock/labs"
	"drydock/labs/exam"
	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/mini-docker/sandbox"
)

// zombieMaker is a built-in fix lab and the seed of one of its faults.
func zombieMaker(t *testing.T, fault string) (labs.Lab, uint64) {
	t.Helper()
	all, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	l, err := labs.Pick(all, "processes/zombie-maker")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(1000) {
		if seed > 0 && l.Fault(seed).Name == fault {
			return l, seed
		}
	}
	t.Fatalf("no seed below 1000 gives fault %s", fault)
	return l, 0
}

func TestASeedIsShownAndKept(t *testing.T) {
	l := newLearner(t)
	l.wants("start processes/zombie-maker --seed 7", "(processes/zombie-maker, seed 7)")
	l.wants("start zombie-maker", "seed 7)")
	l.wants("start processes/zombie-maker --seed 8", "seed 8)")
	l.wants("start processes --seed 9", "Seed 9 for processes/zombie-maker")
	l.wants("start zombie-maker", "seed 9)")
	_, errs, code := l.types("start chroot --seed 9")
	if code != 1 || !strings.Contains(errs, "a seed is for fix labs, and chroot has none") {
		t.Errorf("got code %d, errors %q", code, errs)
	}
	_, errs, _ = l.types("start processes/zombie-makr")
	if !strings.Contains(errs, "did you mean processes/zombie-maker?") {
		t.Errorf("got errors %q", errs)
	}
}

func TestNothingIsSaidOfAFaultThatNobodyHas(t *testing.T) {
	l := newLearner(t)
	l.wants("read processes", "A zombie maker")
	for _, verb := range []string{"answer --lab processes/zombie-maker courier is stopped", "hint zombie-maker"} {
		_, errs, code := l.types(verb)
		if code != 1 || !strings.Contains(errs, "start processes/zombie-maker` opens a sandbox") {
			t.Errorf("%s: got code %d, errors %q", verb, code, errs)
		}
	}
	l.wants("start processes/zombie-maker", "seed")
	l.wants("hint zombie-maker", "hint 1 of")
}

func TestTheCauseIsSaidInWordsAndThenFromAList(t *testing.T) {
	lab, seed := zombieMaker(t, "is-stopped")
	l := newLearner(t)
	l.wants("start processes/zombie-maker --seed "+strconv.FormatUint(seed, 10), "seed")
	if _, errs, code := l.types("answer --list"); code != 1 || !strings.Contains(errs, "comes after 3 answers") {
		t.Errorf("the list at once: got code %d, errors %q", code, errs)
	}
	for n, try := range []string{"answer no idea", "answer courier never waits", "answer b"} {
		out, _, code := l.types(try)
		if code != 1 || strings.Contains(out, "--list") != (n == 2) {
			t.Errorf("try %d: got code %d and %q", n, code, out)
		}
	}
	out, _, _ := l.types("answer --list")
	_, rest, _ := strings.Cut(out, ") "+lab.Fault(seed).Choice)
	letter := out[len(out)-len(rest)-len(") "+lab.Fault(seed).Choice)-1:][:1]
	l.wants("answer "+letter, "That is the cause.")
	l.wants("progress", "started")
	l.wants("grade --format json", `"from_list": true`)
	// Another fault asks anew.
	l.wants("start processes/zombie-maker --seed "+"12345", "seed")
	if _, errs, _ := l.types("answer --list"); !strings.Contains(errs, "given 0") {
		t.Errorf("of another seed: got errors %q", errs)
	}
}

func TestAnExamGivesNoHelp(t *testing.T) {
	lab, seed := zombieMaker(t, "is-stopped")
	dir := t.TempDir()
	state := filepath.Join(dir, "state")
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	e, err := exam.Begin(progress.Open(state, func(line string) { t.Log(line) }), []labs.Lab{lab}, exam.Rules{Seed: seed, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := &session.Seat{Broken: session.Broken{Lab: lab, Seed: seed, Exam: true}, Exam: e}
	serve := outside.serve(&session.Session{Lesson: "processes", Broken: &s.Broken, Exam: s})
	types := func(args ...string) (string, int) {
		out, err := os.Create(filepath.Join(dir, "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		code := serve(context.Background(), sandbox.Request{Args: args, Stdout: out, Stderr: out})
		text, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(text), code
	}
	for _, verb := range []string{"hint", "solution", "start", "next", "back"} {
		// However it is put: what is no verb of an exam does not exist there.
		for _, tricky := range [][]string{{"--help", "--help=false", verb}, {"-h", "--help=false", verb}} {
			if out, code := types(tricky...); code == 0 {
				t.Errorf("%q: got code 0, %q", tricky, out)
			}
		}
		if out, code := types(verb); code != 2 || !strings.Contains(out, "there is no "+verb+" in an exam") {
			t.Errorf("%s: got code %d, %q", verb, code, out)
		}
	}
	if out, code := types("answer", "courier never waits"); code != 1 || strings.Contains(out, "STAT") {
		t.Errorf("a near answer: got code %d, %q, want no help", code, out)
	}
	if _, code := types("answer", "courier is stopped"); code != 0 || !s.Known() {
		t.Errorf("the cause: got code %d, known %v", code, s.Known())
	}
	for _, other := range []string{"pids", "processes/parent", "users/id-maps"} {
		if out, code := types("check", other); code != 2 || !strings.Contains(out, "its own fault alone") {
			t.Errorf("check %s: got code %d, %q", other, code, out)
		}
	}
	// Nor is there help in another terminal.
	l := learner{t: t, state: state}
	for _, line := range []string{"check pids", "hint zombie-maker", "solution zombie-maker --yes", "start pids", "answer no idea", "reset pids/reaper"} {
		if _, errs, code := l.types(line); code == 0 || !strings.Contains(errs, "an exam is under way: there is no ") {
			t.Errorf("%s: got code %d, %q", line, code, errs)
		}
	}
	l.wants("grade", "not handed in")
	if err := e.End(); err != nil {
		t.Fatal(err)
	}
	if _, errs, _ := l.types("hint zombie-maker"); strings.Contains(errs, "exam") {
		t.Errorf("after the exam: got %q", errs)
	}
}

func TestAnExamHasALength(t *testing.T) {
	for _, minutes := range []string{"-1", "0", "1441"} {
		if _, errs, code := newLearner(t).types("exam --minutes=" + minutes); code != 1 || !strings.Contains(errs, "want 1 to 1440") {
			t.Errorf("%s minutes: got code %d, %q", minutes, code, errs)
		}
	}
}

func TestAnExamOfWhatHasNoFaultNamesWhatThereIs(t *testing.T) {
	for _, id := range []string{"users", "users/id-maps", "processes/none"} {
		_, errs, code := newLearner(t).types("exam " + id)
		if code == 0 || !strings.Contains(errs, "no fix lab is called "+id) || !strings.Contains(errs, "there are processes/zombie-maker, mounts/leak, ") {
			t.Errorf("exam %s: got code %d, errors %q", id, code, errs)
		}
	}
}
