package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"drydock/testscripts/wait"
)

func TestFrozenProcessesStandStill(t *testing.T) {
	group := newGroup(t, nil)
	command, output := start(t, group, "spin")
	output.ReadString('\n')
	for _, frozen := range []bool{true, false} {
		must(t, group.Freeze(frozen))
		if said, err := group.Frozen(); said != frozen || err != nil {
			t.Errorf("after Freeze(%v): Frozen says %v, %v", frozen, said, err)
		}
		if ran := runsOn(t, command.Process.Pid, frozen); ran == frozen {
			t.Errorf("after Freeze(%v): the process runs on: %v", frozen, ran)
		}
	}
}

// runsOn says whether a process that spins uses CPU time. One that should stand
// still is watched for as long as it takes this one to use 30 ms, one that
// should not has a minute to get a CPU. A frozen process may be on its way out of
// its last time slice, hence the 3 ms.
func runsOn(t *testing.T, pid int, frozen bool) bool {
	t.Helper()
	before, own := runTime(t, pid), runTime(t, os.Getpid())
	for end := time.Now().Add(wait.Deadline); time.Now().Before(end); {
		if runTime(t, pid)-before > 3*time.Millisecond {
			return true
		}
		if frozen && runTime(t, os.Getpid())-own > 30*time.Millisecond {
			return false
		}
	}
	return false
}

// runTime is the time that the threads of a process have spent on a CPU: the
// first number in each one's schedstat. See the kernel's
// scheduler/sched-stats.rst.
func runTime(t *testing.T, pid int) (sum time.Duration) {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	must(t, err)
	for _, file := range files {
		var ran time.Duration
		if text, err := os.ReadFile(file); err == nil { // a thread may end meanwhile
			_, err = fmt.Sscan(string(text), &ran)
			must(t, err)
		}
		sum += ran
	}
	return sum
}
