package main

import (
	"context"
	"path/filepath"
	"slices"
)

// shortNames are the names that drydock has inside a lesson's sandbox, beside
// its own: what a learner types most.
var shortNames = []string{"next", "back", "check", "hint"}

// commandLine is what was typed: `check --watch` is `drydock check --watch`.
func commandLine(argv []string) []string {
	if name := filepath.Base(argv[0]); slices.Contains(shortNames, name) {
		return append([]string{name}, argv[1:]...)
	}
	return argv[1:]
}

// answerInside has the drydock outside answer, if this one runs in a sandbox
// that the other has opened: there the learner's tree and progress are.
func answerInside(ctx context.Context, args []string) (code int, inside bool) {
	if len(args) > 0 && (args[0] == internalScript || args[0] == "see") {
		return 0, false
	}
	return ask(ctx, args)
}
