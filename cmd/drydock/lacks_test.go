package main

import (
	"os"
	"path/filepath"
	"testing"

	"drydock/labs"
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
		tutor.tellLacks(l, labsOf(labs.Places(all, l)), test.machine)
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
		if got := failsHere(l, []sandbox.Finding{{Name: test.lacks}}); got != test.want {
			t.Errorf("%s without %s: got %v", test.lesson, test.lacks, got)
		}
	}
}
