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
	"drydock/mini-docker/sandbox"
)

func TestHelpAndProgressAreAnsweredInside(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	serve := outside.serve(&session.Session{Lesson: "processes"})
	for typed, want := range map[string]string{
		"drydock --help":          "drydock VERB --help",
		"drydock -h":              "drydock VERB --help",
		"drydock next --help":     "drydock next",
		"/usr/local/bin/progress": "No lesson opened yet",
	} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		code := serve(t.Context(), sandbox.Request{Args: commandLine(strings.Fields(typed)), Stdout: out, Stderr: out})
		if text, _ := os.ReadFile(out.Name()); code != 0 || !strings.Contains(string(text), want) {
			t.Errorf("%s: got code %d, %q, want %q", typed, code, text, want)
		}
	}
}

func TestStartInsideShowsWhereTheLearnerIs(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	fault := &session.Broken{Lab: labs.Lab{ID: "hardening/left-open", Kind: labs.Fix}}
	serve := outside.serve(&session.Session{
		Lesson: "hardening", Broken: fault, Restart: func(*session.Broken) { t.Error("the sandbox with the fault is thrown away") },
	})
	outside.record(func(s *progress.State) { s.Open("hardening", 9, time.Now()) })
	for _, tt := range []struct{ typed, want string }{
		{"start", "hardening 9/"},
		{"internal-place", "left-open"},
		{"start hardening --step 99", "steps 1 to"},
		{"next 4", "hardening 4/"},
		{"internal-place", "hardening:4"},
		{"start", "hardening 4/"},
		{"start users", "type exit, and then"},
	} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		serve(t.Context(), sandbox.Request{Args: strings.Fields(tt.typed), Stdout: out, Stderr: out})
		if text, _ := os.ReadFile(out.Name()); !strings.Contains(string(text), tt.want) {
			t.Errorf("%s: got %q, want %q", tt.typed, text, tt.want)
		}
	}
}

// Who has two lessons open, in two terminals, is in each of them where they left.
func TestEachSandboxGoesOnInItsOwnLesson(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	outside.record(func(s *progress.State) {
		s.Open("users", 2, time.Now())
		s.Open("chroot", 4, time.Now()) // in the other terminal
	})
	serve := outside.serve(&session.Session{Lesson: "users"})
	for _, tt := range []struct{ typed, want string }{
		{"again", "users 2/"}, {"next 3", "users 3/"}, {"back", "users 2/"}, {"start", "users 2/"},
	} {
		outside.record(func(s *progress.State) { s.Current = "chroot" })
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		serve(t.Context(), sandbox.Request{Args: strings.Fields(tt.typed), Stdout: out, Stderr: out})
		if text, _ := os.ReadFile(out.Name()); !strings.Contains(string(text), tt.want) {
			t.Errorf("%s: got %q, want %q", tt.typed, text, tt.want)
		}
	}
}

func TestWhoJumpsInsideIsToldHowToGetWhatTheStepBuildsOn(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	outside.record(func(s *progress.State) { s.Open("tour", 1, outside.now()) })
	serve := outside.serve(&session.Session{Lesson: "tour"})
	for typed, told := range map[string]bool{"next 4": true, "next 2": false, "next": false} {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		code := serve(t.Context(), sandbox.Request{Args: strings.Fields(typed), Stdout: out, Stderr: out})
		if text, _ := os.ReadFile(out.Name()); code != 0 || strings.Contains(string(text), "run setup types it for you") != told {
			t.Errorf("%s: got code %d, %q; want it to name run setup: %v", typed, code, text, told)
		}
	}
}

// A call from inside is judged on the verb that would run, so that there is no
// way to put it that reaches another one.
func TestASessionHasItsOwnVerbsAlone(t *testing.T) {
	dir := t.TempDir()
	marker := filepath.Join(dir, "marker")
	stdin, err := os.CreateTemp(dir, "script")
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return dir, key == "DRYDOCK_STATE" }}
	serve := outside.serve(&session.Session{Lesson: "processes"})
	for _, args := range [][]string{
		nil, {},
		{"internal-script"}, {"--help", "--help=false", "internal-script"}, {"-h", "--help=false", "internal-script"},
		{"see", "--svg", marker}, {"--help", "--help=false", "see", "--svg", marker},
		{"man", "--dir", marker}, {"--help", "--help=false", "man", "--dir", marker},
		{"progress", "--export", marker}, {"sandbox", "--", "touch", marker}, {"--help=false", "sandbox", "touch", marker},
		{"shell"}, {"verify"}, {"grade", marker}, {"exam"}, {"completion", "bash"}, {"help", "internal-script"},
	} {
		script := `{"script":{"name":"x","text":"exec touch ` + marker + `\n"},"options":{}}`
		if err := os.WriteFile(stdin.Name(), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := stdin.Seek(0, 0); err != nil {
			t.Fatal(err)
		}
		null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer null.Close()
		if code := serve(t.Context(), sandbox.Request{Args: args, Stdin: stdin, Stdout: null, Stderr: null}); code == 0 {
			t.Errorf("%q: got code 0", args)
		}
		if _, err := os.Lstat(marker); err == nil {
			t.Fatalf("%q: made a file outside", args)
		}
	}
}
