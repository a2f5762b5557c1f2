package session

import (
	"testing"

	"drydock/testscripts"
)

func TestWhatATestSaysIsTheFinding(t *testing.T) {
	const noisy = "[stdout]\n=== RUN   TestReap\n    reaper_test.go:35: a zombie is left\n        want none\n--- FAIL: TestReap (0.01s)\nFAIL\n[exit status 1]"
	const silent = "[stdout]\n=== RUN   TestReap\n--- FAIL: TestReap (0.01s)\nFAIL"
	const panics = "[stdout]\n=== RUN   TestReap\n--- FAIL: TestReap (0.00s)\n[stderr]\npanic: wait for every child [recovered, repanicked]\nat runtime/reaper.go:8"
	r := withoutTestNoise(testscripts.Report{Checks: []testscripts.Check{{Found: noisy}, {Found: silent}, {Found: "PASS"}, {Found: panics}}})
	for i, want := range []string{"a zombie is left\n        want none", silent, "PASS", "panic: wait for every child\nat runtime/reaper.go:8"} {
		if got := r.Checks[i].Found; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
