package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Spawn implements Group. A child is born in the groups of the thread that
// clones it, so the thread goes there first and comes back afterwards. A thread
// may move itself without the lock that moving a process takes.
func (g *v1) Spawn(clone func(into *os.File) (int, error)) (int, error) {
	there, back, err := g.journey()
	if errors.Is(err, errNoWayBack) {
		pid, err := clone(nil)
		if err == nil {
			err = g.Add(pid)
		}
		return pid, err
	}
	if err != nil {
		return 0, err
	}
	defer closeAll(there)
	defer closeAll(back)

	var pid int
	err = moveThread(there)
	if err == nil {
		pid, err = clone(nil)
	}
	// In any case: the group can only be removed when the thread has left it.
	return pid, errors.Join(err, moveThread(back))
}

// errNoWayBack says that the groups this thread is in lie outside of what is
// mounted here, so that it could not return.
var errNoWayBack = errors.New("this thread's own cgroups cannot be seen here")

// journey opens the files by which a thread gets into the group's directories
// and, from there, back to where it is. They are opened before anything changes,
// while it is certain that they can be reached.
func (g *v1) journey() (there, back []int, err error) {
	own, err := ownGroupsV1()
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			closeAll(there)
			closeAll(back)
		}
	}()
	var seen []string // trees: one may belong to several controllers
	for controller, tree := range g.trees {
		dir := filepath.Join(tree.point, g.path)
		if slices.Contains(seen, tree.point) || !isThere(dir) {
			continue
		}
		seen = append(seen, tree.point)
		home, ok := tree.find(own[controller])
		if !ok {
			return there, back, errNoWayBack
		}
		if there, err = openTasks(there, dir); err != nil {
			return there, back, err
		}
		if back, err = openTasks(back, home); err != nil {
			return there, back, err
		}
	}
	return there, back, nil
}

// openTasks opens a group's list of threads and appends its descriptor.
func openTasks(fds []int, dir string) ([]int, error) {
	path := filepath.Join(dir, "tasks")
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fds, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return append(fds, fd), nil
}

// find returns the directory of a group, given by its path in /proc/pid/cgroup.
func (t tree) find(path string) (dir string, ok bool) {
	below, err := filepath.Rel(t.root, path)
	if err != nil || path == "" || below == ".." || strings.HasPrefix(below, "../") {
		return "", false
	}
	return filepath.Join(t.point, below), true
}

// ownGroupsV1 are the groups that this thread is in, by controller. A line of
// the file is "4:cpu,cpuacct:/path". See cgroups(7), /proc/pid/cgroup.
func ownGroupsV1() (map[string]string, error) {
	text, err := os.ReadFile("/proc/thread-self/cgroup")
	if err != nil {
		return nil, err
	}
	own := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			return nil, fmt.Errorf("reading /proc/thread-self/cgroup: %q is not a line of it", line)
		}
		for controller := range strings.SplitSeq(fields[1], ",") {
			own[controller] = fields[2]
		}
	}
	return own, nil
}

// moveThread writes 0, which is the thread that writes, to each of the files.
func moveThread(fds []int) error {
	var errs error
	for _, fd := range fds {
		if _, err := unix.Write(fd, []byte("0")); err != nil {
			errs = errors.Join(errs, fmt.Errorf("moving a thread between cgroups: %w", err))
		}
	}
	return errs
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}
