package session

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"drydock/labs"
)

func TestAPassThatCannotBeRecordedIsToldAsSuch(t *testing.T) {
	state := t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "progress.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	me := Learner{Now: time.Now, Warn: func(string) {}, Getenv: func(key string) string {
		if key == "DRYDOCK_STATE" {
			return state
		}
		return ""
	}}
	passed := []Checked{{ID: "pids/reaper", Passed: true, Lab: labs.Lab{ID: "pids/reaper"}}}
	unrecorded := me.Note(passed)
	if unrecorded == nil || Verdict(passed, unrecorded) != NoAnswer {
		t.Errorf("got %v, which ends with %v; want an error, and %v", unrecorded, Verdict(passed, unrecorded), NoAnswer)
	}
	if Verdict(passed, nil) != Done || Verdict([]Checked{{}}, unrecorded) != NotYet {
		t.Error("what is recorded and passed is done; what failed is not done yet, whatever else went wrong")
	}
}
