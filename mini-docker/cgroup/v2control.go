package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// limiting are the controllers whose limits this package sets.
var limiting = []string{"cpuset", "cpu", "io", "memory", "pids"}

// enableControllers passes the controllers on in each group from the top, down
// to the group's parent: only then have the children the files with the limits.
// See admin-guide/cgroup-v2.rst, Top-down Constraint.
func (g *v2) enableControllers() error {
	way, err := filepath.Rel(g.top, filepath.Dir(g.dir))
	if err != nil || strings.HasPrefix(way, "..") {
		return err // the top itself is somebody else's to set up
	}
	dir := g.top
	if err := enable(dir); err != nil || way == "." {
		return err
	}
	for part := range strings.SplitSeq(way, "/") {
		dir = filepath.Join(dir, part)
		if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making the cgroup: %w", err)
		}
		if err := enable(dir); err != nil {
			return err
		}
	}
	return nil
}

// enable passes controllers on to the children of a group: those that it has,
// and has not passed on already.
func enable(dir string) error {
	had, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	on, err := os.ReadFile(filepath.Join(dir, "cgroup.subtree_control"))
	if err != nil {
		return err
	}
	passed := strings.Fields(string(on))
	missing := slices.DeleteFunc(strings.Fields(string(had)), func(controller string) bool {
		return !slices.Contains(limiting, controller) || slices.Contains(passed, controller)
	})
	if len(missing) == 0 {
		return nil
	}
	if err := evacuate(dir); err != nil {
		return err
	}
	if write(dir, "cgroup.subtree_control", "+"+strings.Join(missing, " +")) == nil {
		return nil
	}
	// All or none: some controllers are offered and cannot be had, as cpu is
	// while realtime processes run. A limit that needs one says so later.
	for _, controller := range missing {
		err := write(dir, "cgroup.subtree_control", "+"+controller)
		if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EOPNOTSUPP) {
			return err
		}
	}
	return nil
}

// evacuated is the child that a group's processes are moved to.
const evacuated = "init"

// evacuate moves the processes of a group into a child: a group that passes on
// controllers must hold none itself. Some controllers could be passed on all the
// same, and the group would then be one of threads, whose children take no
// processes. Only the root of the whole tree, which has no type, may do both.
// See admin-guide/cgroup-v2.rst, No Internal Process Constraint and Threads.
func evacuate(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, "cgroup.type")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	child := filepath.Join(dir, evacuated)
	const rounds = 10 // processes may be born meanwhile
	for range rounds {
		pids, err := processes(dir)
		if err != nil || len(pids) == 0 {
			return err
		}
		if err := os.Mkdir(child, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		for _, pid := range pids {
			err := write(child, "cgroup.procs", strconv.Itoa(pid))
			if err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return nil
}
