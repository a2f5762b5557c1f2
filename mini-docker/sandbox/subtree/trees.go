package subtree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/cgroup"

	"golang.org/x/sys/unix"
)

// Tree is one cgroup tree of the host.
type Tree struct {
	Version     int      // 1 or 2
	Name        string   // where there are several: what its directory is called, as "cpu,cpuacct"
	Controllers []string // of version 1: what it limits

	top string // where groups may be made
}

// used are the controllers of version 1 that mini-docker limits with. The trees
// of others stay as they are.
var used = []string{"memory", "cpuacct", "cpu", "cpuset", "pids", "devices", "freezer", "blkio"}

// findTrees returns the trees that this user may make groups in. The one that
// is made first and goes last, which carries the lock, stands first.
func findTrees() ([]Tree, error) {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	trees := parseTrees(string(text))
	if versionOf(trees) != 1 {
		return unifiedTree()
	}
	for _, tree := range trees {
		// Only root gets by the check of who moves which process, so being
		// able to write is not enough. See cgroups(7), Cgroups delegation.
		if os.Geteuid() != 0 || unix.Access(tree.top, unix.W_OK) != nil {
			return nil, ErrRootOnly
		}
	}
	return trees, nil
}

// ErrRootOnly is cgroup.ErrNone on a machine of version 1.
var ErrRootOnly = fmt.Errorf("%w: with version 1, which this machine has, only root can", cgroup.ErrNone)

// Version is the version of cgroups that limits on this machine, whoever may
// use it: 2, 1, or 0 for none.
func Version() int {
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return 0
	}
	return versionOf(parseTrees(string(text)))
}

// versionOf tells by who has the memory controller: it is in one tree only.
func versionOf(trees []Tree) int {
	for _, tree := range trees {
		if slices.Contains(tree.Controllers, "memory") {
			return 1
		}
	}
	return min(len(trees), 1) * 2
}

// unifiedTree returns the tree of version 2. Its top is what the package cgroup
// takes for it: for an ordinary user that is the group that was delegated.
func unifiedTree() ([]Tree, error) {
	found, err := cgroup.Find()
	if err != nil {
		return nil, err
	}
	top, err := found.Top()
	if err != nil {
		return nil, err
	}
	controllers, err := os.ReadFile(filepath.Join(top, "cgroup.controllers"))
	if err == nil && len(controllers) == 0 {
		err = errors.New("it has no controllers")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: the cgroup tree at %s limits nothing: %w", cgroup.ErrNone, top, err)
	}
	return []Tree{{Version: 2, top: top}}, nil
}

// parseTrees picks the trees of a version 1 machine out of a mount table. The
// version 2 tree that may stand beside them has no controllers, but tells
// when a group is empty, and kills it. See proc(5), /proc/pid/mountinfo.
func parseTrees(mountinfo string) []Tree {
	var trees []Tree
	for line := range strings.Lines(mountinfo) {
		mount, filesystem, _ := strings.Cut(line, " - ")
		before, after := strings.Fields(mount), strings.Fields(filesystem)
		if len(before) < 5 || len(after) < 3 {
			continue
		}
		switch point := before[4]; after[0] {
		case "cgroup2":
			trees = slices.Insert(trees, 0, Tree{Version: 2, Name: filepath.Base(point), top: point})
		case "cgroup":
			options := strings.Split(after[2], ",")
			controllers := slices.DeleteFunc(options, func(o string) bool { return !slices.Contains(used, o) })
			if len(controllers) > 0 {
				trees = append(trees, Tree{Version: 1, Name: filepath.Base(point), Controllers: controllers, top: point})
			}
		}
	}
	return trees
}

// Controllers names what this user can limit here. errors.Is cgroup.ErrNone if
// nothing.
func Controllers() ([]string, error) {
	trees, err := findTrees()
	if err != nil {
		return nil, err
	}
	if len(trees) == 1 && trees[0].Version == 2 {
		text, err := os.ReadFile(filepath.Join(trees[0].top, "cgroup.controllers"))
		return strings.Fields(string(text)), err
	}
	var all []string
	for _, tree := range trees {
		all = append(all, tree.Controllers...)
	}
	return all, nil
}
