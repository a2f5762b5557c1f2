// Package cgroup limits and measures what a group of processes uses: memory,
// CPU time, processes, block devices, and which devices it may open at all.
//
// A Group is a directory in a file system of the kernel's. Limits are files in
// it, a process belongs to it once its number has been written to another, and
// so do all its descendants:
//
//	group, err := cgroup.New("/mini-docker/" + id)
//	err = group.Create(resources) // from config.json
//	pid, err := group.Spawn(clone)
//	stats, err := group.Stats()
//	err = group.Remove()
//
// There are two versions of the interface. In v2 (v2.go, the one to read) a
// group is one directory. In v1 (v1.go, for older machines) every kind of limit
// is a tree of its own. New finds out which one the machine has.
//
// The package limits; it isolates nothing. See cgroups(7) and the kernel's
// admin-guide/cgroup-v2.rst.
package cgroup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ErrNone says that the machine, or this user, has no cgroups to make groups in.
var ErrNone = errors.New("no cgroups can be made here")

// Group is a set of processes with limits.
type Group interface {
	// Create makes the group with its limits. A group that is there already is
	// taken over.
	Create(limits *specs.LinuxResources) error

	// Set changes the limits that are given and leaves the others.
	Set(limits *specs.LinuxResources) error

	// Spawn has clone start a process that is in the group from its first
	// instant, and returns its number. The caller has locked itself to its
	// thread (runtime.LockOSThread), from which clone must start the process,
	// with CLONE_INTO_CGROUP if it is given a directory. If the error is not
	// nil and the number neither 0, the process is there all the same.
	//
	// To move one that runs already takes a lock over all processes of the
	// machine, for which the kernel waits some milliseconds.
	Spawn(clone func(into *os.File) (pid int, err error)) (pid int, err error)

	// Add moves a process, with all its threads, into the group.
	Add(pid int) error

	// Stats measures what the group uses.
	Stats() (Stats, error)

	// Freeze stops every process of the group where it stands, or lets it run
	// on. It returns when that is so.
	Freeze(frozen bool) error

	// Frozen says whether the processes are stopped.
	Frozen() (bool, error)

	// Remove kills what is left in the group and removes it. A group that is
	// not there is no error.
	Remove() error

	// RemoveParent removes the group above this one if nothing is left in it.
	RemoveParent() error
}

// Stats is what a group uses.
type Stats struct {
	MemoryBytes      uint64 // without the page cache that could be dropped
	MemoryLimitBytes uint64 // 0: no limit
	CPUNanoseconds   uint64 // CPU time used since the group was made
	Processes        uint64 // threads count too
	ProcessesLimit   uint64 // 0: no limit
	ReadBytes        uint64 // from block devices
	WrittenBytes     uint64 // to block devices
	OOMKills         uint64 // processes killed because memory ran out
}

// New returns the group that Place has a place for. Nothing is made yet.
func New(path string) (Group, error) {
	mounts, err := findMounts()
	if err != nil {
		return nil, err
	}
	if path, err = mounts.place(path); err != nil {
		return nil, err
	}
	return mounts.at(path)
}

// Place says where a group called path, which starts with "/", can be made: at
// the top of the cgroup tree that this process sees or, as of version 2 an
// ordinary user may only change a part, at the top of that part. It is counted
// from the top of the tree in any case, so that a process in another part, or
// with none of its own, finds the group again by At.
func Place(path string) (string, error) {
	mounts, err := findMounts()
	if err != nil {
		return "", err
	}
	return mounts.place(path)
}

// At returns the group at a path that came from Place.
func At(path string) (Group, error) {
	mounts, err := findMounts()
	if err != nil {
		return nil, err
	}
	return mounts.at(path)
}

// Top returns the highest directory of the version 2 tree that this process may
// change: the tree itself or, for an ordinary user, what was delegated. The error
// wraps ErrNone where groups are not made in that tree.
func Top() (string, error) {
	mounts, err := findMounts()
	if err != nil {
		return "", err
	}
	if !mounts.isUnified() {
		return "", ErrNone
	}
	path, err := mounts.place("/")
	return filepath.Join(mounts.unified, path), err
}

// Version tells which interface New uses: 2, 1, or 0 for none.
func Version() int {
	group, err := New("/")
	if err != nil {
		return 0
	}
	if _, ok := group.(*v2); ok {
		return 2
	}
	return 1
}

// mounts is where the cgroup trees are mounted.
type mounts struct {
	unified string          // the v2 tree, or ""
	v1      map[string]tree // by controller
}

// tree is a mounted tree of version 1.
type tree struct {
	point string // where it is mounted
	root  string // which of its groups is seen there, "/" for the whole tree
}

// findMounts reads where the trees are. Machines with v1 controllers often have
// an empty v2 tree beside them ("hybrid"). See proc(5), /proc/pid/mountinfo.
func findMounts() (mounts, error) {
	found := mounts{v1: map[string]tree{}}
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return found, err
	}
	for line := range strings.Lines(string(text)) {
		mount, filesystem, ok := strings.Cut(line, " - ")
		before, after := strings.Fields(mount), strings.Fields(filesystem)
		if !ok || len(before) < 5 || len(after) < 3 {
			continue
		}
		switch root, point := before[3], before[4]; after[0] {
		case "cgroup2":
			found.unified = point
		case "cgroup":
			for option := range strings.SplitSeq(after[2], ",") {
				found.v1[option] = tree{point, root}
			}
		}
	}
	delete(found.v1, "rw")
	return found, nil
}

// isUnified says whether groups are made in the v2 tree.
func (m mounts) isUnified() bool {
	return m.unified != "" && (len(m.v1) == 0 || m.hasControllers())
}

// place is Place.
func (m mounts) place(path string) (string, error) {
	if !m.isUnified() {
		return path, nil
	}
	top, err := delegated(m.unified)
	return top + path, err
}

// at is At.
func (m mounts) at(path string) (Group, error) {
	switch {
	case m.isUnified():
		return newV2(m.unified, path), nil
	case len(m.v1) > 0:
		return newV1(m.v1, path)
	}
	return nil, ErrNone
}

// hasControllers says whether the v2 tree limits anything: in a hybrid machine
// the controllers are in use by v1.
func (m mounts) hasControllers() bool {
	text, err := os.ReadFile(m.unified + "/cgroup.controllers")
	return err == nil && strings.Contains(string(text), "memory")
}
