// Package leaves is run in the machine by the tests of testscripts/vm: its test
// passes and leaves things behind.
package leaves

import (
	"os"
	"os/exec"
	"testing"
)

func TestLeaves(t *testing.T) {
	if os.Getenv("DRYDOCK_BIN") != "/drydock/bin" {
		t.Skip("this is not the test machine")
	}
	if err := exec.Command("sleep", "6000").Start(); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() != 0 {
		return
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "left", "/mnt").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}
