package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"drydock/labs/session"
)

func TestTheProgramIsNamedAsItHasToBeTyped(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if got := programName("bin/drydock"); got != "bin/drydock" {
		t.Errorf("PATH leads nowhere: got %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, "drydock"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("drydock"); err != nil {
		t.Fatal(err)
	}
	if got := programName("bin/drydock"); got != "bin/drydock" {
		t.Errorf("PATH leads to another: got %s", got)
	}
	if got := programName("drydock"); got != "drydock" {
		t.Errorf("it was found by PATH: got %s", got)
	}
	if err := os.Remove(filepath.Join(dir, "drydock")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(dir, "drydock")); err != nil {
		t.Fatal(err)
	}
	if got := programName("bin/drydock"); got != "drydock" {
		t.Errorf("PATH leads to it: got %s", got)
	}
}

func TestCommandsInTextsAreThoseToType(t *testing.T) {
	outside, inside := &tutor{program: "bin/drydock"}, &tutor{program: "bin/drydock", session: &session.Session{}}
	for text, want := range map[string]string{
		"`drydock lessons` lists them; drydock read LESSON": "`bin/drydock lessons` lists them; bin/drydock read LESSON",
		"$ drydock start chroot\n":                          "$ bin/drydock start chroot\n",
		"drydock --help and drydock VERB":                   "bin/drydock --help and bin/drydock VERB",
		"what drydock did not put there":                    "what drydock did not put there",
		"hostname drydock":                                  "hostname drydock",
		"/home/me/drydock start, bin/drydock next":          "/home/me/drydock start, bin/drydock next",
	} {
		if got := outside.here(text); got != want {
			t.Errorf("outside: got %q, want %q", got, want)
		}
		if got := inside.here(text); got != text {
			t.Errorf("inside: got %q, want %q", got, text)
		}
	}
}

func TestWhatIsTypedOutsideIsNamedSoInside(t *testing.T) {
	tutor := &tutor{program: "bin/drydock", session: &session.Session{}}
	for text, want := range map[string]string{
		"`drydock start chroot` opens a new one":  "`bin/drydock start chroot` opens a new one",
		"$ drydock start run\n":                   "$ bin/drydock start run\n",
		"drydock start":                           "drydock start",
		"`drydock start processes/zombie-maker`":  "`drydock start processes/zombie-maker`",
		"`drydock check a/b-c --watch` there":     "`bin/drydock check a/b-c --watch` there",
		"`drydock check a/b-c`":                   "`drydock check a/b-c`",
		"`drydock see`, `drydock reset`":          "`drydock see`, `drydock reset`",
		"$ drydock exam processes --minutes 30\n": "$ bin/drydock exam processes --minutes 30\n",
	} {
		if got := tutor.inside(text); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWhatIsPrintedOutsideWorksThere(t *testing.T) {
	l := newLearner(t)
	l.program = "bin/drydock"
	l.wants("", "bin/drydock VERB --help")
	l.wants("read --help", "bin/drydock read LESSON")
	l.wants("read chroot --step 6", "type: bin/drydock start chroot · bin/drydock check · ")
	l.wants("next", "type: bin/drydock next · bin/drydock back")
	l.wants("next 8", "type: bin/drydock quiz chroot · bin/drydock next · bin/drydock back")
	l.wants("next 10", "type: bin/drydock back · bin/drydock start mounts\n")
	l.wants("next", "That was the last step of chroot. To go on: bin/drydock start mounts\n")
	if _, errs, _ := newLearner(t).types("next"); errs == "" {
		t.Error("no word where no lesson is open")
	}
}
