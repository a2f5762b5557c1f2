package main

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestWhatOutlivesItsParentIsEnded(t *testing.T) {
	becomeSubreaper()
	output, err := exec.Command("sh", "-c", "sleep 4713 >/dev/null 2>&1 & echo $!").Output()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.Fields(string(output))[0])
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(pid, 0); err != nil {
		t.Fatalf("the orphan has ended by itself: %v", err)
	}
	endOrphans()
	if err := unix.Kill(pid, 0); err != unix.ESRCH {
		t.Errorf("the orphan %d is still there: %v", pid, err)
		unix.Kill(pid, unix.SIGKILL)
	}
}
