package runtime

import (
	"errors"
	"path"
	"slices"
	"strings"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// cgroupType is the type of a mount that the kernel does not have by that name:
// it asks for the container's cgroups, of whatever version and in as many file
// systems as the machine has them. Every bundle that `runc spec` writes has one.
const cgroupType = "cgroup"

// showsCgroups says whether the container will see its cgroups.
func showsCgroups(spec *specs.Spec) bool {
	return slices.ContainsFunc(spec.Mounts, func(m specs.Mount) bool { return m.Type == cgroupType })
}

// mountCgroups shows the container its cgroups. In a cgroup namespace it sees
// them from its own group downwards, of version 2 in one mount, of version 1 in
// one for each tree. Without such a namespace it sees of version 1 its own
// groups, and of version 2 whatever the machine has, as with runc. See
// cgroup_namespaces(7).
func (c *container) mountCgroups(root *rootfs.Root, m specs.Mount) error {
	trees, err := cgroup.Find()
	if err != nil {
		return err
	}
	hierarchies, err := trees.Hierarchies()
	if err != nil {
		return err
	}
	hasNamespace := isListed(c.spec.Linux, specs.CgroupNamespace)
	if len(hierarchies) == 1 && len(hierarchies[0].Controllers) == 0 {
		return mountUnified(root, m, hierarchies[0], hasNamespace)
	}
	for _, each := range cgroupMounts(m, hierarchies, hasNamespace) {
		if err := root.Mount(each); err != nil {
			return err
		}
	}
	for _, each := range hierarchies {
		if err := linkControllers(root, m.Destination, each); err != nil {
			return err
		}
	}
	if slices.Contains(m.Options, "ro") {
		return root.ReadOnlyMount(m.Destination)
	}
	return nil
}

// mountUnified mounts the tree of version 2. A user namespace may not, unless it
// has the cgroup namespace as well: then it gets the host's mount, bound.
func mountUnified(root *rootfs.Root, m specs.Mount, tree cgroup.Hierarchy, hasNamespace bool) error {
	m.Type, m.Source = "cgroup2", "cgroup2"
	err := root.Mount(m)
	if err == nil || hasNamespace || !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EBUSY) {
		return err
	}
	m.Type, m.Source = "bind", tree.Point
	return root.Mount(m)
}

// cgroupMounts are the mounts for trees of version 1: a folder in memory, and in
// it one for each tree, either of its part that the cgroup namespace shows or of
// the container's own group, bound.
func cgroupMounts(m specs.Mount, hierarchies []cgroup.Hierarchy, hasNamespace bool) []specs.Mount {
	writable := slices.DeleteFunc(slices.Clone(m.Options), func(option string) bool { return option == "ro" })
	mounts := []specs.Mount{{Destination: m.Destination, Type: "tmpfs", Source: "tmpfs", Options: append(writable, "mode=755")}}
	for _, each := range hierarchies {
		mount := specs.Mount{Destination: path.Join(m.Destination, path.Base(each.Point))}
		if hasNamespace {
			mount.Type, mount.Source = cgroupType, cgroupType
			mount.Options = append(slices.Clone(m.Options), each.Controllers...)
		} else {
			mount.Type, mount.Source, mount.Options = "bind", each.Own, m.Options
		}
		mounts = append(mounts, mount)
	}
	return mounts
}

// linkControllers gives each of the controllers that share a tree its usual name:
// cpu leads to cpu,cpuacct.
func linkControllers(root *rootfs.Root, folder string, tree cgroup.Hierarchy) error {
	name := path.Base(tree.Point)
	for _, each := range tree.Controllers {
		if each == name || strings.HasPrefix(each, "name=") {
			continue
		}
		if err := root.Symlink(name, path.Join(folder, each)); err != nil {
			return err
		}
	}
	return nil
}
