package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Spawn implements Group. A child is born in the groups of the thread that
// clones it, so the thread goes there first and comes back afterwards. A thread
// may move itself without the lock that moving a process takes.
func (g *v1) Spawn(clone func(into *os.File) (int, error)) (int, error) {
	way, err := g.Way()
	if errors.Is(err, ErrNoWayBack) {
		pid, err := clone(nil)
		if err == nil {
			err = g.Add(pid)
		}
		return pid, err
	}
	if err != nil {
		return 0, err
	}
	defer way.Close()

	var pid int
	err = moveThread(way.There)
	if err == nil {
		pid, err = clone(nil)
	}
	// In any case: the group can only be removed when the thread has left it.
	return pid, errors.Join(err, moveThread(way.Back))
}

// ErrNoWayBack says that the groups this thread is in lie outside of what is
// mounted here, so that it could not return.
var ErrNoWayBack = errors.New("this thread's own cgroups cannot be seen here")

// Way implements Group: it opens the files by which a thread gets into the group's
// directories and, from there, back to where it is. They are opened before
// anything changes, while it is certain that they can be reached.
func (g *v1) Way() (way Way, err error) {
	own, err := ownGroupsV1()
	if err != nil {
		return way, err
	}
	defer func() {
		if err != nil {
			way.Close()
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
			return way, ErrNoWayBack
		}
		there, err := openTasks(dir)
		if err != nil {
			return way, err
		}
		way.There = append(way.There, there)
		back, err := openTasks(home)
		if err != nil {
			return way, err
		}
		way.Back = append(way.Back, back)
	}
	return way, nil
}

// openTasks opens a group's list of threads.
func openTasks(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "tasks"), os.O_WRONLY, 0)
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
func moveThread(lists []*os.File) error {
	var errs error
	for _, each := range lists {
		if _, err := each.WriteString("0"); err != nil {
			errs = errors.Join(errs, fmt.Errorf("moving a thread between cgroups: %w", err))
		}
	}
	return errs
}
