package sandbox

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/cgroup"
	"drydock/testscripts/wait"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// cgroupsOfOurs lists the groups of all sandboxes that process pid has started,
// and their parent if it is empty, so that somebody forgot it. Others' may come
// and go meanwhile.
func cgroupsOfOurs(pid int) string {
	var found strings.Builder
	filepath.WalkDir("/sys/fs/cgroup", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil
		}
		if strings.Contains(name, fmt.Sprintf("/drydock/%d-", pid)) {
			fmt.Fprintln(&found, name)
		}
		if filepath.Base(name) == "drydock" && staysEmpty(name) {
			fmt.Fprintln(&found, name)
		}
		return nil
	})
	return found.String()
}

// staysEmpty says whether the parent of all sandboxes is there and no sandbox in
// it, for long: somebody may be about to make the first, or to remove it.
func staysEmpty(dir string) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		below, _ := filepath.Glob(dir + "/*-*")
		if _, err := os.Stat(dir); err != nil || len(below) > 0 {
			return false
		}
		<-tick.C
	}
	return true
}

// waitForNoCgroups waits until nothing is left of the sandboxes of a process.
func waitForNoCgroups(t *testing.T, pid int) {
	t.Helper()
	deadline := time.Now().Add(wait.Deadline)
	for left := cgroupsOfOurs(pid); left != ""; left = cgroupsOfOurs(pid) {
		if time.Now().After(deadline) {
			t.Fatalf("cgroups of process %d that are left:\n%s", pid, left)
		}
	}
}

// withCgroups starts a sandbox that has cgroups of its own, or skips the test.
func withCgroups(t *testing.T, s Spec) *Sandbox {
	t.Helper()
	box := start(t, s)
	for _, refused := range box.Refused {
		if strings.Contains(refused, "no limits") {
			t.Skip(refused)
		}
	}
	return box
}

// limit runs a command in a new group with a limit on its memory, in MB, and
// tells how it ended. It runs inside.
func limit(args []string) int {
	var mb int64
	fmt.Sscan(args[0], &mb)
	bytes := mb << 20
	group, err := cgroup.New("/eater")
	if err == nil {
		err = group.Create(&specs.LinuxResources{Memory: &specs.LinuxMemory{Limit: &bytes}})
	}
	if err != nil {
		return report(err)
	}
	command, err := startIn(group, args[1:]...)
	if err != nil {
		return report(err)
	}
	command.Wait()
	stats, err := group.Stats()
	fmt.Println(command.ProcessState, "oom", stats.OOMKills)
	return report(err)
}

// startIn starts a command in a group: it waits to be moved before it begins.
func startIn(group cgroup.Group, args ...string) (*exec.Cmd, error) {
	command := exec.Command(args[0], args[1:]...)
	begin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	defer begin.Close()
	if err := command.Start(); err != nil {
		return nil, err
	}
	return command, group.Add(command.Process.Pid)
}

// eat takes memory, as many MB as it is told, once its input ends.
func eat(args []string) int {
	var mb int
	fmt.Sscan(args[0], &mb)
	os.Stdin.Read(make([]byte, 1))
	memory, err := unix.Mmap(-1, 0, mb<<20, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_POPULATE)
	fmt.Println(len(memory))
	return report(err)
}

// freeze leaves a command behind in a group that is paused. It runs inside.
func freeze(args []string) int {
	group, err := cgroup.New("/paused/deeper")
	if err == nil {
		err = group.Create(nil)
	}
	if err == nil {
		_, err = startIn(group, args...)
	}
	if err == nil {
		err = group.Freeze(true)
	}
	return report(err)
}

func TestMemoryLimitKillsInside(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := withCgroups(t, s)
		want(t, box, "exit status 0 oom 0", "limit", "100", "eat", "50")
		want(t, box, "signal: killed oom 1", "limit", "20", "eat", "50")
	})
}

// What is inside of a sandbox sees no group but its own.
func TestOnlyOwnCgroupsAreSeen(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := withCgroups(t, s)
		want(t, box, "exit status 0 oom 0", "limit", "100", "eat", "1")
		dir := "/sys/fs/cgroup/memory"
		if trees, err := cgroup.Find(); err == nil && trees.Version() == 2 {
			dir = "/sys/fs/cgroup"
		}
		groups, _ := output(t, box, "ls", dir)
		for line := range strings.Lines(groups) {
			if strings.Contains(line, "drydock") {
				t.Errorf("seen inside: %s", line)
			}
		}
		if !strings.Contains(groups, "eater") {
			t.Errorf("%s inside: got %q, want the group that was made there", dir, groups)
		}
		own, _ := output(t, box, "cat", "/proc/self/cgroup")
		if strings.Contains(own, "drydock") || strings.Contains(own, "..") {
			t.Errorf("/proc/self/cgroup: got %q, want it counted from the sandbox's own groups", own)
		}
	})
}

// A process that is paused with version 1 does not die of SIGKILL.
func TestCloseWithPausedProcess(t *testing.T) {
	each(t, func(t *testing.T, s Spec) {
		box := withCgroups(t, s)
		want(t, box, "", "freeze", "block")
		if err := box.Close(); err != nil {
			t.Error(err)
		}
		if left := cgroupsOfOurs(os.Getpid()); left != "" {
			t.Errorf("cgroups that are left:\n%s", left)
		}
	})
}

// Whoever kills both, the starter and its watcher, leaves groups behind, which
// the next one removes.
func TestNextStartRemovesWhatIsLeft(t *testing.T) {
	s := Spec{Base: makeBase(t), Cgroups: true}
	withCgroups(t, s)
	command := exec.Command("/proc/self/exe", s.Base, "", "root")
	command.Args[0] = "starter"
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	for range 2 {
		if !lines.Scan() {
			t.Fatal("the starter ended")
		}
	}
	killWatcher(t, command.Process.Pid)
	command.Process.Kill()
	command.Wait()
	if cgroupsOfOurs(command.Process.Pid) == "" {
		t.Fatal("nothing is left: the watcher was not killed")
	}
	box, err := Start(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	waitForNoCgroups(t, command.Process.Pid)
	if err := box.Close(); err != nil {
		t.Error(err)
	}
}

// killWatcher kills the watcher among the children of a process.
func killWatcher(t *testing.T, pid int) {
	t.Helper()
	names, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, name := range names {
		text, _ := os.ReadFile(name)
		for word := range strings.FieldsSeq(string(text)) {
			line, _ := os.ReadFile("/proc/" + word + "/cmdline")
			var child int
			if fmt.Sscan(word, &child); strings.HasPrefix(string(line), "sandbox-watcher") {
				if err := unix.Kill(child, unix.SIGKILL); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
	}
	t.Fatalf("process %d has no watcher", pid)
}
