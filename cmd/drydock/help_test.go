package main

import (
	"strings"
	"testing"

	"drydock/lessons/render"
)

// Help is read in terminals of 80 columns, also through a pipe, and by who has not
// put drydock on their path.
func TestHelpHas80Columns(t *testing.T) {
	l := newLearner(t)
	l.program = "bin/drydock"
	lines := []string{"--help"}
	first, more := commands(&tutor{})
	for _, verb := range append(first, more...) {
		if !verb.Hidden {
			lines = append(lines, verb.Name()+" --help")
		}
	}
	for _, line := range lines {
		text, _, _ := l.types(line)
		for _, shown := range strings.Split(text, "\n") {
			if n := render.Width(shown); n > 80 {
				t.Errorf("%s: %d columns in %q", line, n, shown)
			}
		}
	}
}
