package guest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// cgroupRoot is where cgroups are inside, as everywhere.
const cgroupRoot = "/sys/fs/cgroup"

// Cgroup is a group in one cgroup tree, of the sandbox's own.
type Cgroup struct {
	Name        string   // its directory below /sys/fs/cgroup; "" if there is but one tree
	Controllers []string // of version 1
}

// mountCgroups waits until this process has been moved, makes the groups that
// it is in then the top of what is seen inside, and mounts them.
func (g *guest) mountCgroups(root *rootfs.Root) error {
	var joined Joined
	if err := g.outside.Decode(&joined); err != nil {
		return fmt.Errorf("waiting for cgroups: %w", err)
	}
	groups := joined.Cgroups
	err := enterCgroupNamespace()
	switch {
	case err != nil:
	case len(groups) == 0:
		// Read-only, since a group made here would outlive the sandbox.
		err = mountCgroup(root, cgroupRoot, "cgroup2", "ro")
	case len(groups) == 1 && groups[0].Name == "":
		if err = mountCgroup(root, cgroupRoot, "cgroup2", "rw"); err == nil {
			err = passControllers(filepath.Join(g.config.MountPoint, cgroupRoot))
		}
	default:
		err = g.mountTrees(root, groups)
	}
	if err != nil {
		g.refused = append(g.refused, err.Error())
	}
	return nil
}

// enterCgroupNamespace makes the groups that the calling thread is in the root
// of its cgroup namespace. As a flag of clone(2) it would make it those of the
// parent, which the child is born in. See cgroup_namespaces(7).
func enterCgroupNamespace() error {
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("making a cgroup namespace: %w", err)
	}
	return nil
}

// mountTrees mounts each tree of version 1 at the place that it has on every
// machine.
func (g *guest) mountTrees(root *rootfs.Root, groups []Cgroup) error {
	if err := root.Mount(specs.Mount{
		Destination: cgroupRoot, Type: "tmpfs", Source: "tmpfs",
		Options: []string{"nosuid", "noexec", "nodev", "mode=0755"},
	}); err != nil {
		return err
	}
	for _, group := range groups {
		kind := "cgroup"
		if len(group.Controllers) == 0 {
			kind = "cgroup2"
		}
		target := filepath.Join(cgroupRoot, group.Name)
		if err := mountCgroup(root, target, kind, group.Controllers...); err != nil {
			return err
		}
		// Where several controllers share a tree, each has its name as well.
		for _, controller := range group.Controllers {
			link := filepath.Join(g.config.MountPoint, cgroupRoot, controller)
			if err := os.Symlink(group.Name, link); err != nil && !errors.Is(err, fs.ErrExist) {
				return err
			}
		}
	}
	return nil
}

func mountCgroup(root *rootfs.Root, target, kind string, options ...string) error {
	return root.Mount(specs.Mount{
		Destination: target, Type: kind, Source: kind,
		Options: append([]string{"nosuid", "noexec", "nodev"}, options...),
	})
}

// passControllers makes the controllers of a group of version 2 work in the
// groups below it. For that it must hold no process itself: this one moves to a
// group named init. See admin-guide/cgroup-v2.rst, No Internal Process
// Constraint.
func passControllers(dir string) error {
	leaf := filepath.Join(dir, "init")
	if err := os.Mkdir(leaf, 0o755); err != nil {
		return fmt.Errorf("making the cgroup of process 1: %w", err)
	}
	if err := os.WriteFile(filepath.Join(leaf, "cgroup.procs"), []byte("0"), 0); err != nil {
		return fmt.Errorf("moving process 1 into a cgroup of its own: %w", err)
	}
	controllers, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for controller := range strings.FieldsSeq(string(controllers)) {
		// One by one: some are offered and cannot be had, as cpu is while
		// realtime processes run. A limit that needs it says so.
		os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+"+controller), 0)
	}
	return nil
}
