package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A tree that knows nothing of a lab holds the reference's code for it.
func TestABuildLabThatWasNotBegunIsNoneThatPasses(t *testing.T) {
	l := newLearner(t)
	l.home = t.TempDir()
	for _, line := range []string{"check users/id-maps", "check users", "read users", "check users/id-maps"} {
		_, stderr, code := l.types(line)
		if strings.HasPrefix(line, "read") {
			continue
		}
		if code != 2 || !strings.Contains(stderr, "drydock start users") {
			t.Errorf("%s: got %d and %q, want 2 and how to begin", line, code, stderr)
		}
	}
	if text, err := os.ReadFile(filepath.Join(l.state, "progress.json")); err == nil && strings.Contains(string(text), "passed") {
		t.Errorf("recorded: %s", text)
	}
}
