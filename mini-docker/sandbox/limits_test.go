package sandbox

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestControllerThatIsOffIsMissing(t *testing.T) {
	found := reachableLimits([]string{"cpu"})
	if found[0].OK || found[0].Fix == "" || !found[1].OK || found[2].OK {
		t.Errorf("got %+v, want cpu alone", found)
	}
}

func TestLimitsAgreeWithStart(t *testing.T) {
	box := start(t, Spec{Cgroups: true})
	has := !slices.ContainsFunc(box.Refused, func(r string) bool { return strings.Contains(r, "no limits") })
	for _, finding := range limitFindings(t.Context()) {
		t.Logf("%+v", finding)
		if finding.OK != has {
			t.Errorf("%s: got %+v, but the sandbox was refused %q", finding.Name, finding, box.Refused)
		}
		if !finding.OK && finding.Fix == "" {
			t.Errorf("%s: no fix is given", finding.Name)
		}
	}
}

// fakeSystemd puts a systemd-run into PATH that does what the script says.
func fakeSystemd(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, systemdRun[0]), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
}

func TestSystemdIsAskedOnlyWhereThatHelps(t *testing.T) {
	fakeSystemd(t, `while [ "$1" != -- ]; do shift; done; shift; exec "$@"`)
	ask := asker{uid: 1000, version: 0}
	if _, ok := ask.scope(t.Context()); !ok {
		t.Error("a user with version 2: not asked")
	}
	for name, other := range map[string]asker{
		"root":       {uid: 0, version: 2},
		"version 1":  {uid: 1000, version: 1},
		"turned off": {uid: 1000, version: 2, off: true},
	} {
		if _, ok := other.scope(t.Context()); ok {
			t.Errorf("%s: asked", name)
		}
	}
}

// A bus that nobody answers on is no reason to wait.
func TestSystemdThatDoesNotAnswer(t *testing.T) {
	pid := filepath.Join(t.TempDir(), "pid")
	fakeSystemd(t, "sleep 600 & echo $! >"+pid+"; wait")
	begin := time.Now()
	if _, ok := (asker{uid: 1000, version: 2}).scope(context.Background()); ok {
		t.Error("got an answer, want none")
	}
	if took := time.Since(begin); took > 5*time.Minute {
		t.Errorf("waited %v", took)
	}
	child, err := os.ReadFile(pid)
	if len(child) == 0 {
		t.Skipf("it was ended before it had started anything (%v)", err)
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(child)))
	if err != nil {
		t.Fatal(err)
	}
	pidfd, err := unix.PidfdOpen(number, 0)
	if err == unix.ESRCH {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(pidfd)
	ended := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}} // pidfd_open(2)
	if n, err := unix.Poll(ended, 60_000); n != 1 {
		t.Errorf("what it started, process %d, is still there (%v)", number, err)
	}
}
