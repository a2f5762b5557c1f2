package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/labs/progress"
	"drydock/labs/session"
	"drydock/lessons"
	"drydock/mini-docker/sandbox"
)

// Who goes on is told what stays behind: commands that were not run, a lab that is open,
// questions that are; and how to come back.
func TestWhoGoesOnIsToldWhatIsLeft(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	tour, err := lessons.Find("tour")
	if err != nil {
		t.Fatal(err)
	}
	command := tour.Beats(3)[0].NotRun("")
	for _, tt := range []struct {
		lesson     string
		step, beat int
		args       []string
		want, not  string
	}{
		{"processes", 8, 1, []string{"next"}, "(Lab processes/parent is still open. To come back to it: next 8)", ""},
		{"processes", 8, 0, []string{"next"}, "", "is still open"}, // to the next part of its page
		{"processes", 8, 1, []string{"back"}, "", "is still open"},
		{"processes", 10, 0, []string{"next"}, "To come back to them: next 10)", ""},
		{"mounts", 1, 2, []string{"next"}, "(What do you expect? predict WORDS keeps it", ""},
		{"mounts", 1, 2, []string{"predict", "both"}, "", "What do you expect"},
		{"mounts", 1, 2, []string{"next"}, "", "What do you expect"}, // by now it is kept
		{"mounts", 1, 2, []string{"back"}, "", "What do you expect"},
		{"tour", 3, 0, []string{"predict", "--typed=pwd", "-1"}, "(You have not run " + command, ""},
		{"tour", 3, 0, []string{"predict", "--typed=" + command, "-1"}, "", "You have not run"},
	} {
		outside.record(func(s *progress.State) {
			s.Open(tt.lesson, tt.step, time.Now())
			s.Lesson(tt.lesson).Beat = tt.beat
		})
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		serve := outside.serve(&session.Session{Lesson: tt.lesson})
		serve(t.Context(), sandbox.Request{Args: tt.args, Stdout: out, Stderr: out})
		text, _ := os.ReadFile(out.Name())
		if !strings.Contains(string(text), tt.want) || tt.not != "" && strings.Contains(string(text), tt.not) {
			t.Errorf("%s %d, %s: got %q, want %q and not %q", tt.lesson, tt.step, tt.args, text, tt.want, tt.not)
		}
	}
}
