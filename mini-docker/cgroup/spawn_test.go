package cgroup

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// membership is the groups of a task, a line for each tree that groups are made
// in: those of version 1 if there are any, else that of version 2.
func membership(t *testing.T, task string) []string {
	t.Helper()
	text, err := os.ReadFile("/proc/" + task + "/cgroup")
	must(t, err)
	trees, err := Find()
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return slices.DeleteFunc(lines, func(line string) bool {
		_, controllers, _ := strings.Cut(line, ":")
		controllers, _, _ = strings.Cut(controllers, ":")
		return trees.Version() == 1 && !slices.Contains(always, strings.Split(controllers, ",")[0])
	})
}

// clone starts a member that ends with its standard input.
func clone(t *testing.T, into *os.File) (int, error) {
	t.Helper()
	r, w, err := os.Pipe()
	must(t, err)
	defer r.Close()
	t.Cleanup(func() { w.Close() })
	attributes := &syscall.SysProcAttr{UseCgroupFD: into != nil}
	if into != nil {
		attributes.CgroupFD = int(into.Fd())
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"member", "member", "wait"}, &syscall.ProcAttr{
		Files: []uintptr{r.Fd(), 2, 2}, Sys: attributes,
	})
	if err == nil {
		t.Cleanup(func() {
			unix.Kill(pid, unix.SIGKILL)
			unix.Wait4(pid, nil, 0, nil)
		})
	}
	return pid, err
}

// wantSpawned spawns a process and looks where it is, and where this thread is
// afterwards.
func wantSpawned(t *testing.T, group Group) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := membership(t, "thread-self")
	pid, err := group.Spawn(func(into *os.File) (int, error) { return clone(t, into) })
	must(t, err)
	got := membership(t, fmt.Sprint(pid))
	if len(got) == 0 {
		t.Fatal("the process is in no cgroup at all")
	}
	for _, line := range got {
		if !strings.HasSuffix(line, nameOf(t)) {
			t.Errorf("the process: got %q, want it in %s", line, nameOf(t))
		}
	}
	if after := membership(t, "thread-self"); !slices.Equal(after, before) {
		t.Errorf("this thread: got %q, want it back in %q", after, before)
	}
}

func TestAProcessIsBornInTheGroup(t *testing.T) {
	wantSpawned(t, newGroup(t, nil))
}

func TestAThreadWithoutAWayBackStays(t *testing.T) {
	group, ok := newGroup(t, nil).(*v1)
	if !ok {
		t.Skip("cgroups of version 2: no thread has to go anywhere")
	}
	for controller, tree := range group.trees {
		tree.root = "/somewhere/else"
		group.trees[controller] = tree
	}
	if _, err := group.Way(); !errors.Is(err, ErrNoWayBack) {
		t.Fatalf("Way: got %v, want %v", err, ErrNoWayBack)
	}
	wantSpawned(t, group)
}

func TestAThreadComesBackFromAFailedClone(t *testing.T) {
	group := newGroup(t, nil)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, want := membership(t, "thread-self"), errors.New("no")
	if pid, err := group.Spawn(func(*os.File) (int, error) { return 0, want }); pid != 0 || !errors.Is(err, want) {
		t.Errorf("spawn: got %d, %v; want 0, %v", pid, err, want)
	}
	if after := membership(t, "thread-self"); !slices.Equal(after, before) {
		t.Errorf("this thread: got %q, want it back in %q", after, before)
	}
}
