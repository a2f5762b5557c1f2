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
// is a tree of its own. Find finds out which one the machine has.
//
// The package limits; it isolates nothing. See cgroups(7) and the kernel's
// admin-guide/cgroup-v2.rst.
package cgroup

import (
	"errors"
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// ErrNone says that the machine, or this user, has no cgroups to make groups in.
var ErrNone = errors.New("no cgroups can be made here")

// Group is a set of processes with limits.
type Group interface {
	// Create makes the group with its limits. A group that is there already is
	// taken over.
	Create(limits *specs.LinuxResources) error

	// Everywhere makes the group also where it limits nothing, for those who will
	// see its trees: in one in which it has no part they would see the machine's.
	Everywhere() error

	// Set changes the limits that are given and leaves the others.
	Set(limits *specs.LinuxResources) error

	// Spawn has clone start a process that is in the group from its first
	// instant, and returns its number. The caller has locked itself to its
	// thread (runtime.LockOSThread), from which clone must start the process,
	// with CLONE_INTO_CGROUP if it is given a directory. An error with a
	// number other than 0 tells of a process that is there all the same.
	//
	// To move one that runs already takes a lock over all processes of the
	// machine, for which the kernel waits some milliseconds.
	Spawn(clone func(into *os.File) (pid int, err error)) (pid int, err error)

	// Way is what Spawn goes by, for another process that is to clone: this
	// one's child, in the same groups. ErrNoWayBack says that there is none,
	// and that the process has to be moved with Add.
	Way() (Way, error)

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

// Way leads into a group, and in version 1 back.
type Way struct {
	Into        *os.File   // the directory for CLONE_INTO_CGROUP, or nil
	There, Back []*os.File // lists of threads: whoever writes 0 goes there
}

// Close closes the files.
func (w Way) Close() {
	for _, each := range append(append([]*os.File{w.Into}, w.There...), w.Back...) {
		each.Close() // of nil: an error, and no more
	}
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
