package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"drydock/mini-docker/sandbox"
	"drydock/testscripts"
)

// shortNames are the names that drydock has inside a lesson's sandbox, beside
// its own: what a learner types most.
var shortNames = []string{"next", "back", "again", "show", "predict", "steps", "check", "hint", "quiz", "answer", "progress", "run", "reset"}

// commandLine is what was typed: `check --watch` is `drydock check --watch`.
func commandLine(argv []string) []string {
	if name := filepath.Base(argv[0]); slices.Contains(shortNames, name) {
		return append([]string{name}, argv[1:]...)
	}
	return argv[1:]
}

// here are the verbs that a sandbox answers by itself: those that look at it,
// and the quiz, which reads the terminal that the drydock outside has lent.
var here = []string{testscripts.Verb, "see", "quiz"}

// isInside reports whether this is a sandbox that a drydock outside answers in.
func isInside() bool {
	_, err := os.Stat(sandbox.HostSocket)
	return err == nil
}

// answerInside has the drydock outside answer, if this one runs in a sandbox
// that the other has opened: there the learner's tree and progress are.
func answerInside(ctx context.Context, args []string) (code int, inside bool) {
	if len(args) > 0 && slices.Contains(here, args[0]) {
		return 0, false
	}
	if len(args) == 1 && args[0] == "answer" && isInside() {
		args = append(args, promptAnswer(ctx, os.Stdin, os.Stdout))
	}
	if len(args) > 0 && isInside() {
		switch args[0] {
		case "run":
			return runInside(ctx, args), true
		case "next", "back", "predict", "start":
			return moveInside(ctx, args), true
		}
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	return ask(ctx, args)
}
