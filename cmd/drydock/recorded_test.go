package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/labs"
)

func TestAPassThatCannotBeRecordedIsToldAsSuch(t *testing.T) {
	state := t.TempDir()
	if err := os.Mkdir(filepath.Join(state, "progress.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	tutor := &tutor{out: os.Stdout, err: &said, now: time.Now, lookup: func(key string) (string, bool) {
		return state, key == "DRYDOCK_STATE"
	}}
	passed := []checked{{ID: "pids/reaper", Passed: true, lab: labs.Lab{ID: "pids/reaper"}}}
	unrecorded := tutor.recordChecked(passed)
	if len(unrecorded) == 0 || verdict(passed, unrecorded) != codeNoAnswer {
		t.Errorf("got %v, which ends with %v; want an error, and %v", unrecorded, verdict(passed, unrecorded), codeNoAnswer)
	}
	if strings.Contains(said.String(), "Done") {
		t.Errorf("said %q", said.String())
	}
}
