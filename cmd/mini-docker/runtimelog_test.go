package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever calls an OCI runtime reads from its log why it failed: podman tells its
// exit statuses by that.
func TestARuntimeLeavesWhatWentWrongInItsLog(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for format, want := range map[string]string{"json": `"level":"error"`, "text": "level=error msg="} {
		file := filepath.Join(t.TempDir(), "log")
		c := &cli{stdin: null, stdout: null, stderr: null}
		if status := c.main([]string{"runtime", "--root", t.TempDir(), "--log", file, "--log-format", format, "state", "none"}); status != 1 {
			t.Errorf("%s: got status %d, want 1", format, status)
		}
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), want) || !strings.Contains(string(text), "does not exist") {
			t.Errorf("%s: got %q, %v, want %q", format, text, err, want)
		}
		if format == "json" && !json.Valid(text) {
			t.Errorf("%q is no JSON", text)
		}
	}
}
