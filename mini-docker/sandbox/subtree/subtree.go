// Package subtree gives a sandbox cgroups of its own, and takes them away.
//
// All that a sandbox has dies with its last process, but for one thing: a
// cgroup is a directory that stays until somebody removes it. So it is done
// here, outside of the sandbox, three times over:
//
//	groups, err := subtree.Create(owner)
//	err = groups.Watch(program) // from now on a SIGKILL leaves nothing
//	…                    // the sandbox lives in groups.Trees
//	err = groups.Remove()
//
// Remove is for the ordinary end. When the process that started the sandbox is
// killed, its watcher removes the groups. When both are killed the next Create
// does: a group is locked (flock(2)) by the process that made it, so one that
// can be locked is nobody's any more. The directories themselves are the
// journal, and there is no file that could contradict them.
//
// The package limits nothing: inside, mini-docker makes groups below these, or
// the learner does by hand. See cgroups(7).
package subtree

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/flock"
)

// parent is the group above those of all sandboxes.
const parent = "/drydock"

// Subtree is one group in every tree that matters.
type Subtree struct {
	Trees []Tree

	name    string
	lock    *flock.Lock // the directory in the first tree
	watcher *watcher    // nil without Watch
}

// Create makes the groups of a new sandbox, and removes those whose sandbox and
// watcher were killed. errors.Is cgroup.ErrNone if this user can make none
// here. owner is the user who may make groups below, root of the sandbox.
func Create(owner int) (*Subtree, error) {
	trees, err := findTrees()
	if err != nil {
		return nil, err
	}
	sweep(trees)
	s := &Subtree{Trees: trees}
	if err := s.claim(); err != nil {
		return nil, fmt.Errorf("making the cgroups of the sandbox: %w", err)
	}
	for _, make := range []func() error{s.makeOthers, func() error { return s.give(owner) }} {
		if err := make(); err != nil {
			return nil, errors.Join(fmt.Errorf("making the cgroups of the sandbox: %w", err), s.Remove())
		}
	}
	return s, nil
}

// claim makes and locks the first group. Meanwhile another sandbox may sweep
// it, or its parent, away: then it is made again.
func (s *Subtree) claim() (err error) {
	const attempts = 100
	for range attempts {
		// Whose it is tells a person; the lock is what counts.
		s.name = fmt.Sprintf("%d-%04x", os.Getpid(), rand.N(0x10000))
		if err = s.makeFirst(); err != nil {
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrExist) {
				continue
			}
			return err
		}
		if s.lock, err = flock.Take(s.dirs()[0]); err == nil {
			return nil
		}
	}
	return err
}

// makeFirst makes the group in the first tree. In version 2 that switches on
// the controllers on the way there, which the package cgroup knows how to do.
func (s *Subtree) makeFirst() error {
	first := s.Trees[0]
	if len(s.Trees) > 1 || first.Version == 1 {
		return makeGroup(first, filepath.Join(first.top, parent, s.name))
	}
	group, err := cgroup.New(filepath.Join(parent, s.name))
	if err != nil {
		return err
	}
	return group.Create(nil)
}

// makeOthers makes the group in the other trees.
func (s *Subtree) makeOthers() error {
	dirs := s.dirs()
	for i, tree := range s.Trees[1:] {
		// The parent in this tree may be swept away, the locked group not.
		err := makeGroup(tree, dirs[i+1])
		for attempts := 0; errors.Is(err, fs.ErrNotExist) && attempts < 100; attempts++ {
			err = makeGroup(tree, dirs[i+1])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// makeGroup makes a group of version 1, or one of version 2 without limits,
// and the one above it.
func makeGroup(tree Tree, dir string) error {
	for _, each := range []string{filepath.Dir(dir), dir} {
		if err := os.Mkdir(each, 0o755); err != nil && (each == dir || !errors.Is(err, fs.ErrExist)) {
			return err
		}
		if strings.Contains(tree.Name, "cpuset") {
			if err := inheritCpuset(each); err != nil {
				return err
			}
		}
	}
	return nil
}

// inheritCpuset fills a new cpuset with what the group above has. An empty one
// takes no process. See the kernel's admin-guide/cgroup-v1/cpusets.rst.
func inheritCpuset(dir string) error {
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		text, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, file), text, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// give lets the user make groups below these, move processes of theirs and, in
// version 2, switch controllers on. The limits of the groups themselves stay
// this user's. See admin-guide/cgroup-v2.rst, Model of Delegation, and for
// version 1 cgroups(7), Cgroups delegation.
func (s *Subtree) give(owner int) error {
	if owner == os.Geteuid() {
		return nil
	}
	for i, dir := range s.dirs() {
		files := []string{"", "cgroup.procs", "tasks"}
		if s.Trees[i].Version == 2 {
			files = []string{"", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control"}
		}
		for _, file := range files {
			if err := os.Chown(filepath.Join(dir, file), owner, owner); err != nil {
				return err
			}
		}
	}
	return nil
}

// dirs are the group's directories, in the order of the trees.
func (s *Subtree) dirs() []string { return dirsOf(s.Trees, s.name) }

func dirsOf(trees []Tree, name string) []string {
	var dirs []string
	for _, tree := range trees {
		dirs = append(dirs, filepath.Join(tree.top, parent, name))
	}
	return dirs
}

// Add moves a process into the groups. A move waits for a moment in which no
// process of the machine is being born, some 10 ms at the first: have something
// else go on meanwhile.
func (s *Subtree) Add(pid int) error {
	for _, dir := range s.dirs() {
		err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
		if err != nil {
			return fmt.Errorf("moving the sandbox into its cgroup: %w", err)
		}
	}
	return nil
}
