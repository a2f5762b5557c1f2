package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/sandbox"
)

func TestHelpAndProgressAreAnsweredInside(t *testing.T) {
	state := t.TempDir()
	outside := &tutor{now: time.Now, lookup: func(key string) (string, bool) { return state, key == "DRYDOCK_STATE" }}
	serve := outside.serve(&session{lesson: "processes"})
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
