// Package cgroup limits and measures what a group of processes uses: memory,
// CPU time, processes, block devices, and which devices it may open at all.
//
// A Group is a directory in a file system of the kernel's. Limits are files in
// it, a process belongs to it once its number has been written to another, and
// so do all its descendants:
//
//	group, err := cgroup.New("/mini-docker/" + id)
//	err = group.Create(resources) // from config.json
//	err = group.Add(pid)
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

// Birthplace is a Group that a process can be born in, which saves moving it:
// a move takes a lock over all processes of the machine.
type Birthplace interface {
	// Open returns the group's directory, for clone3(2) with CLONE_INTO_CGROUP.
	Open() (*os.File, error)
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

// New returns the group at path, which starts with "/" and is counted from the
// top of the cgroup tree that this process sees. Nothing is made yet.
func New(path string) (Group, error) {
	mounts, err := findMounts()
	if err != nil {
		return nil, err
	}
	switch {
	case mounts.unified != "" && (mounts.hasControllers() || len(mounts.v1) == 0):
		return newV2(mounts.unified, path)
	case len(mounts.v1) > 0:
		return newV1(mounts.v1, path)
	}
	return nil, ErrNone
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
	unified string            // the v2 tree, or ""
	v1      map[string]string // controller → its tree
}

// findMounts reads where the trees are. Machines with v1 controllers often have
// an empty v2 tree beside them ("hybrid"). See proc(5), /proc/pid/mountinfo.
func findMounts() (mounts, error) {
	found := mounts{v1: map[string]string{}}
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
		switch point := before[4]; after[0] {
		case "cgroup2":
			found.unified = point
		case "cgroup":
			for option := range strings.SplitSeq(after[2], ",") {
				found.v1[option] = point
			}
		}
	}
	delete(found.v1, "rw")
	return found, nil
}

// hasControllers says whether the v2 tree limits anything: in a hybrid machine
// the controllers are in use by v1.
func (m mounts) hasControllers() bool {
	text, err := os.ReadFile(m.unified + "/cgroup.controllers")
	return err == nil && strings.Contains(string(text), "memory")
}
