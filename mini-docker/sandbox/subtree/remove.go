package subtree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"drydock/mini-docker/flock"

	"golang.org/x/sys/unix"
)

// patience is how long a group may take to become empty once its processes are
// killed.
const patience = 10 * time.Second

// Remove removes the groups, those that were made below them too, and kills
// what still lives there. Once more does no harm.
func (s *Subtree) Remove() error {
	err := remove(s.dirs(), patience)
	s.lock.Release()
	if s.watcher != nil {
		err = errors.Join(err, s.watcher.stop())
		s.watcher = nil
	}
	return err
}

// Thaw lets run on what was paused. With version 1 a process that is frozen
// does not even die. See the kernel's admin-guide/cgroup-v1/freezer-subsystem.rst.
func (s *Subtree) Thaw() { thaw(s.dirs()) }

func thaw(dirs []string) {
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "freezer.state")); err != nil {
			continue
		}
		for _, group := range groupsBelow(dir) {
			os.WriteFile(filepath.Join(group, "freezer.state"), []byte("THAWED"), 0)
		}
	}
}

// remove removes groups as soon as no process is in them any more. Nobody can
// wait for that with version 1, so it is tried again, less and less often.
func remove(dirs []string, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := removeNow(dirs)
		if !errors.Is(err, unix.EBUSY) || time.Now().After(deadline) {
			return err
		}
		thaw(dirs)
		for _, dir := range dirs {
			// Version 2 has it since Linux 5.14. What a sandbox with version 1
			// alone leaves is killed with its process 1.
			os.WriteFile(filepath.Join(dir, "cgroup.kill"), []byte("1"), 0)
		}
		time.Sleep(pause)
	}
}

// removeNow removes the groups, the locked one at last, and the parent of all
// sandboxes in each tree if this was the last one.
func removeNow(dirs []string) error {
	for _, dir := range slices.Backward(dirs) {
		for _, group := range slices.Backward(groupsBelow(dir)) {
			if err := unix.Rmdir(group); err != nil && err != unix.ENOENT {
				return fmt.Errorf("removing the cgroup %s: %w", group, err)
			}
		}
		unix.Rmdir(filepath.Dir(dir)) // refused while others are in it
	}
	return nil
}

// groupsBelow lists a group and those below it, parents before their children.
// The files in a group are the kernel's and vanish with it.
func groupsBelow(dir string) []string {
	var groups []string
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			groups = append(groups, path)
		}
		return nil // what is gone need not be removed
	})
	return groups
}

// sweep removes the groups whose owner is dead. What cannot be removed now is
// left to the next one.
func sweep(trees []Tree) {
	const patience = 200 * time.Millisecond
	for _, name := range namesIn(trees) {
		dirs := dirsOf(trees, name)
		held, err := flock.Take(dirs[0])
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			continue // it lives
		}
		remove(dirs, patience)
		if held != nil { // else the first of the groups is gone already
			held.Release()
		}
	}
}

// namesIn lists the groups of all sandboxes.
func namesIn(trees []Tree) []string {
	var names []string
	for _, tree := range trees {
		entries, err := os.ReadDir(filepath.Join(tree.top, parent))
		if err != nil {
			continue // there are none
		}
		for _, entry := range entries {
			if entry.IsDir() && !slices.Contains(names, entry.Name()) {
				names = append(names, entry.Name())
			}
		}
	}
	return names
}
