package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/labs"
	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

func TestALessonSaysAtOnceWhatWillNotWork(t *testing.T) {
	all, err := labs.Labs()
	if err != nil {
		t.Fatal(err)
	}
	l, err := lessons.Find("limits")
	if err != nil {
		t.Fatal(err)
	}
	const why = "no cgroups can be made here"
	for name, test := range map[string]struct {
		machine []sandbox.Finding
		want    string
	}{
		"a machine that has all": {[]sandbox.Finding{{Name: "cgroup memory", OK: true}}, ""},
		"one without limits": {
			[]sandbox.Finding{{Name: "cgroup memory", Detail: why}, {Name: "cgroup cpu", Detail: why}},
			"Missing on this machine: cgroup memory, cgroup cpu (" + why + ").\n" +
				"What needs it will fail here, so what it prints is shown as it was recorded, and lab limits/memory-eater cannot be done. What helps: bin/drydock doctor\n",
		},
	} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		tutor := &tutor{out: out, program: "bin/drydock", lookup: func(string) (string, bool) { return "", false }}
		tutor.look(l, labsOf(labs.Places(all, l)), test.machine)
		tutor.tellLacks(l, test.machine)
		if text, _ := os.ReadFile(out.Name()); string(text) != test.want {
			t.Errorf("%s: got %q, want %q", name, text, test.want)
		}
	}
}

func TestWhatFailsHereIsShownAsItWasRecorded(t *testing.T) {
	for _, test := range []struct {
		lesson, lacks string
		want          bool
	}{{"limits", "cgroup memory", true}, {"chroot", "cgroup memory", false}, {"chroot", "overlay", true}, {"mounts", "go", false}} {
		l, err := lessons.Find(test.lesson)
		if err != nil {
			t.Fatal(err)
		}
		tutor := &tutor{}
		if tutor.look(l, nil, []sandbox.Finding{{Name: test.lacks}}); (tutor.lacking != "") != test.want {
			t.Errorf("%s without %s: got %q", test.lesson, test.lacks, tutor.lacking)
		}
	}
}

func TestAPageSaysWhatOfItCannotBeDoneHere(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{
		now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" },
		lacking: "this machine lacks cgroup memory", without: []string{"limits/memory-eater"},
	}
	serve := outside.serve(&session.Session{Lesson: "limits"})
	for _, tt := range []struct {
		step, beat int
		typed      string
		want, not  string
	}{
		{1, 1, "again", "Recorded: this machine lacks cgroup memory", "show"},
		{1, 1, "run", "this is not for here: this machine lacks cgroup memory", ""},
		{1, 1, "next --typed=", "Before you run it", "You have not run"},
		{4, 0, "again", "time stress --cpu 1", "Recorded"},
		{4, 0, "run", "mini-docker run --rm mini/box time", ""},
		{6, 0, "again", "This lab cannot be done here", ""},
	} {
		outside.record(func(s *progress.State) {
			s.Open("limits", tt.step, time.Now())
			s.Lesson("limits").Beat = tt.beat
		})
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		serve(t.Context(), sandbox.Request{Args: strings.Fields(tt.typed), Stdout: out, Stderr: out})
		text, _ := os.ReadFile(out.Name())
		if !strings.Contains(string(text), tt.want) || tt.not != "" && strings.Contains(string(text), tt.not) {
			t.Errorf("step %d, %s: got %q, want %q and not %q", tt.step, tt.typed, text, tt.want, tt.not)
		}
	}
}
