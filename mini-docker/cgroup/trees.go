package cgroup

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Trees are the cgroup trees of the machine, as they were found mounted. Reading
// the table of mounts takes a tenth of a millisecond: ask once, use it often.
type Trees struct {
	unified   string          // where the v2 tree is mounted, or ""
	isUnified bool            // groups are made in the v2 tree
	v1        map[string]tree // by controller
}

// tree is a mounted tree of version 1.
type tree struct {
	point string // where it is mounted
	root  string // which of its groups is seen there, "/" for the whole tree
}

// New finds the trees and returns the group that Place has a place for. Nothing
// is made yet.
func New(path string) (Group, error) {
	trees, err := Find()
	if err != nil {
		return nil, err
	}
	if path, err = trees.Place(path); err != nil {
		return nil, err
	}
	return trees.At(path)
}

// Find reads where the trees are. Machines with v1 controllers often have an
// empty v2 tree beside them ("hybrid"), where groups limit nothing. See proc(5),
// /proc/pid/mountinfo.
func Find() (Trees, error) {
	found := Trees{v1: map[string]tree{}}
	text, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return found, err
	}
	for line := range strings.Lines(string(text)) {
		mount, filesystem, ok := strings.Cut(line, " - ")
		if !ok || !strings.HasPrefix(filesystem, "cgroup") {
			continue
		}
		before, after := strings.Fields(mount), strings.Fields(filesystem)
		if len(before) < 5 || len(after) < 3 {
			continue
		}
		switch root, point := before[3], before[4]; after[0] {
		case "cgroup2":
			found.unified = point
		case "cgroup":
			for option := range strings.SplitSeq(after[2], ",") {
				if isController(option) {
					found.v1[option] = tree{point, root}
				}
			}
		}
	}
	found.isUnified = found.unified != "" && (len(found.v1) == 0 || hasControllers(found.unified))
	return found, nil
}

// isController tells the names of controllers, and of trees that have none, from
// the other options of a tree. See cgroups(7), Cgroups version 1.
func isController(option string) bool {
	switch option {
	case "rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode", "favordynmods":
		return false
	}
	return !strings.HasPrefix(option, "release_agent=")
}

// hasControllers says whether the v2 tree limits anything: in a hybrid machine
// the controllers are in use by v1.
func hasControllers(unified string) bool {
	text, err := os.ReadFile(filepath.Join(unified, "cgroup.controllers"))
	return err == nil && strings.Contains(string(text), "memory")
}

// Version tells which interface groups are made with: 2, 1, or 0 for none, since
// the machine has none or this user may make none.
func (t Trees) Version() int {
	_, err := t.Place("/")
	switch {
	case err != nil:
		return 0
	case t.isUnified:
		return 2
	}
	return 1
}

// InForce tells which version limits memory on this machine, whoever may make
// groups: 2, 1, or 0 where none is mounted. The two may differ, as for an ordinary
// user whose sandbox has only the empty v2 tree of a hybrid machine.
func (t Trees) InForce() int {
	switch {
	case t.unified == "" && len(t.v1) == 0:
		return 0
	case t.isUnified && !isHeldByV1("memory"):
		return 2
	}
	return 1
}

// Lacks names the limits of memory that no kernel has any more, or not with the
// version that groups are made with here: the specification takes them over from
// older kernels. What asks for nothing is not among them.
func (t Trees) Lacks(m *specs.LinuxMemory) (names []string) {
	if m == nil {
		return nil
	}
	lacks := func(name string, isAsked bool) {
		if isAsked {
			names = append(names, "linux.resources.memory."+name)
		}
	}
	//lint:ignore SA1019 config.json may have it all the same
	lacks("kernel", m.Kernel != nil && *m.Kernel > 0)
	if t.isUnified {
		lacks("kernelTCP", m.KernelTCP != nil && *m.KernelTCP > 0)
		lacks("swappiness", m.Swappiness != nil)
		lacks("disableOOMKiller", m.DisableOOMKiller != nil && *m.DisableOOMKiller)
	}
	return names
}

// Place says where a group called path, which starts with "/", can be made: at
// the top of the cgroup tree that this process sees or, as of version 2 an
// ordinary user may only change a part, at the top of that part. It is counted
// from the top of the tree in any case, so that a process in another part, or
// with none of its own, finds the group again by At. The error wraps ErrNone if
// there is no place.
func (t Trees) Place(path string) (string, error) {
	switch {
	case t.isUnified:
		top, err := delegated(t.unified)
		if err != nil && isHeldByV1("memory") {
			err = fmt.Errorf("%w: this machine has cgroups of version 1, which are root's alone", ErrNone)
		}
		return top + path, err
	case len(t.v1) > 0:
		return path, mayChangeV1(t.v1)
	}
	return "", ErrNone
}

// isHeldByV1 says whether a controller is in use by version 1, if not here, then
// in a mount namespace outside. See cgroups(7), /proc/cgroups: the second column
// numbers the controller's tree, 0 being that of version 2.
func isHeldByV1(controller string) bool {
	text, err := os.ReadFile("/proc/cgroups")
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 1 && fields[0] == controller {
			return fields[1] != "0"
		}
	}
	return false
}

// At returns the group at a path that came from Place.
func (t Trees) At(path string) (Group, error) {
	switch {
	case t.isUnified:
		return newV2(t.unified, path), nil
	case len(t.v1) > 0:
		return &v1{path: path, trees: t.v1}, nil
	}
	return nil, ErrNone
}

// Top returns the highest directory of the version 2 tree that this process may
// change: the tree itself or, for an ordinary user, what was delegated. The error
// wraps ErrNone where groups are not made in that tree.
func (t Trees) Top() (string, error) {
	if !t.isUnified {
		return "", ErrNone
	}
	path, err := t.Place("/")
	return filepath.Join(t.unified, path), err
}

// LimitsSwap says whether swap can be limited here. A kernel may be built, or
// booted, without counting it (swapaccount=0).
func (t Trees) LimitsSwap() bool {
	if tree, ok := t.v1["memory"]; ok {
		return isThere(filepath.Join(tree.point, "memory.memsw.limit_in_bytes"))
	}
	// In v2 the top group has no such file: look at those below it. As long as
	// there are none, only a kernel without swap is known not to.
	if found, _ := filepath.Glob(filepath.Join(t.unified, "*", "memory.max")); len(found) > 0 {
		return isThere(filepath.Join(filepath.Dir(found[0]), "memory.swap.max"))
	}
	return isThere("/proc/swaps")
}

// isThere says whether there is a file or directory of that name.
func isThere(path string) bool { return unix.Access(path, unix.F_OK) == nil }
