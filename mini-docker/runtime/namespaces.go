package runtime

import (
	"fmt"
	"os"
	"slices"
	"syscall"

	"drydock/mini-docker/namespace"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// kindOf translates the specification's names of namespaces to the kernel's.
var kindOf = map[specs.LinuxNamespaceType]namespace.Kind{
	specs.PIDNamespace:     namespace.PID,
	specs.NetworkNamespace: namespace.Network,
	specs.MountNamespace:   namespace.Mount,
	specs.IPCNamespace:     namespace.IPC,
	specs.UTSNamespace:     namespace.UTS,
	specs.UserNamespace:    namespace.User,
	specs.CgroupNamespace:  namespace.Cgroup,
}

// join is a namespace that exists and is to be entered.
type join struct {
	kind namespace.Kind
	path string
}

// namespacesOf sorts the container's namespaces: those with a path are joined,
// those without are new, and the ones not listed stay the creator's. See OCI
// runtime-spec config-linux.md, Namespaces.
func namespacesOf(spec *specs.Spec) (*syscall.SysProcAttr, []join, error) {
	var create []namespace.Kind
	var joins []join
	for _, each := range spec.Linux.Namespaces {
		kind := kindOf[each.Type]
		if each.Path != "" {
			joins = append(joins, join{kind, each.Path})
		} else {
			create = append(create, kind)
		}
	}
	flags, err := namespace.CloneFlags(create)
	if err != nil {
		return nil, nil, err
	}
	attributes := &syscall.SysProcAttr{
		Cloneflags: flags,
		Setsid:     true, // signals of the creator's terminal are for the creator
	}
	if isNew(spec.Linux, specs.UserNamespace) && !needsHelpers(spec.Linux) {
		attributes.UidMappings = idMap(spec.Linux.UIDMappings)
		attributes.GidMappings = idMap(spec.Linux.GIDMappings)
		// With one group only the kernel demands that setgroups(2) is forbidden
		// inside: user_namespaces(7), The /proc/pid/setgroups file.
		attributes.GidMappingsEnableSetgroups = beyondOne(spec.Linux.GIDMappings)
		attributes.Credential = &syscall.Credential{NoSetGroups: true} // root inside
	}
	return attributes, joins, nil
}

// refuseMounts returns an error if the calling thread is in the creator's mount
// namespace. To build a container there would be to exchange the root of the
// whole machine, which nothing short of a reboot brings back.
func refuseMounts(creator uint64) error {
	own, err := namespace.ID(0, namespace.Mount)
	if err == nil && own == creator {
		err = fmt.Errorf("mount namespace %d is the creator's own: without CLONE_NEWNS "+
			"the container's root would replace the machine's", own)
	}
	return err
}

// enterAll moves the calling thread into the namespaces to be joined.
func enterAll(joins []join) error {
	for _, each := range joins {
		if err := namespace.Enter(each.path, each.kind); err != nil {
			return err
		}
	}
	return nil
}

// rootCgroups makes the group that the container is in the root of all cgroups it
// sees. A new namespace has the root of whoever cloned the container, even if
// CLONE_INTO_CGROUP had it born elsewhere; one made from inside has the right
// one. creator is the number of the creator's namespace. See
// cgroup_namespaces(7).
func rootCgroups(linux *specs.Linux, creator uint64) error {
	if !isNew(linux, specs.CgroupNamespace) {
		return nil
	}
	own, err := namespace.ID(0, namespace.Cgroup)
	if err != nil || own == creator {
		return err
	}
	if err := unix.Unshare(unix.CLONE_NEWCGROUP); err != nil {
		return fmt.Errorf("making the container's cgroup its root: %w", err)
	}
	return nil
}

// isNew says whether the container gets a namespace of its own of the type.
func isNew(linux *specs.Linux, kind specs.LinuxNamespaceType) bool {
	for _, each := range linux.Namespaces {
		if each.Type == kind && each.Path == "" {
			return true
		}
	}
	return false
}

// isListed says whether the container gets a namespace of the type, a new one or
// one that is joined.
func isListed(linux *specs.Linux, kind specs.LinuxNamespaceType) bool {
	return slices.ContainsFunc(linux.Namespaces, func(each specs.LinuxNamespace) bool { return each.Type == kind })
}

// isOwn says whether the container has a namespace of the type that is not the
// one of whoever creates it: a new one, or one that is joined. What cannot be
// looked at cannot be joined either.
func isOwn(linux *specs.Linux, kind specs.LinuxNamespaceType) bool {
	for _, each := range linux.Namespaces {
		if each.Type != kind || each.Path == "" {
			continue
		}
		joined, err := os.Stat(each.Path)
		if err != nil {
			return true
		}
		own, err := os.Stat(namespace.Path(0, kindOf[kind]))
		return err == nil && !os.SameFile(joined, own)
	}
	return isNew(linux, kind)
}

// idMap translates a map of user or group ids. See user_namespaces(7).
func idMap(mappings []specs.LinuxIDMapping) []syscall.SysProcIDMap {
	var translated []syscall.SysProcIDMap
	for _, each := range mappings {
		translated = append(translated, syscall.SysProcIDMap{
			ContainerID: int(each.ContainerID), HostID: int(each.HostID), Size: int(each.Size),
		})
	}
	return translated
}
