package runtime

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"

	"drydock/mini-docker/explain"
	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// sharedMounts is a container's root in a mount namespace that is not its own: the
// caller's, where config.json lists none, or one that it joins. Such a container is
// no better kept in than by chroot(2), and what is mounted for it others see. It
// stays mounted until the container is deleted, and then has to be taken away: the
// namespace does not end with the container. See OCI runtime-spec config-linux.md,
// Namespaces.
type sharedMounts struct {
	Root      string `json:"root"`                // absolute path
	Namespace string `json:"namespace,omitempty"` // to be joined; "" for the caller's
	Number    uint64 `json:"number"`              // of that namespace
	Below     uint64 `json:"below"`               // the mount that Root lies in without the container
}

// sharesMounts says whether the container is in such a namespace.
func sharesMounts(linux *specs.Linux) bool { return !isNew(linux, specs.MountNamespace) }

// sharedMountsOf finds out how things are before the container is built. It
// returns nil for a container with mounts of its own.
func sharedMountsOf(o CreateOptions, spec *specs.Spec) (*sharedMounts, error) {
	if !sharesMounts(spec.Linux) {
		return nil, nil
	}
	root, err := rootPath(o, spec)
	if err != nil {
		return nil, err
	}
	s := &sharedMounts{Root: root, Namespace: mountsToJoin(spec.Linux)}
	err = s.inside(func() (err error) {
		if s.Number, err = namespace.ID(0, namespace.Mount); err == nil {
			s.Below, err = rootfs.MountOf(root)
		}
		return err
	})
	return s, err
}

// rootPath is the absolute path of the container's root file system.
func rootPath(o CreateOptions, spec *specs.Spec) (string, error) {
	root := spec.Root.Path
	if !filepath.IsAbs(root) {
		root = filepath.Join(o.Bundle, root)
	}
	return filepath.Abs(root)
}

// mountsToJoin is the path of the mount namespace that the container joins, or "".
func mountsToJoin(linux *specs.Linux) string {
	for _, each := range linux.Namespaces {
		if each.Type == specs.MountNamespace {
			return each.Path
		}
	}
	return ""
}

// inside calls act in the container's mount namespace.
func (s *sharedMounts) inside(act func() error) error {
	if s.Namespace == "" {
		return act()
	}
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine
		err := namespace.Enter(s.Namespace, namespace.Mount)
		if err == nil {
			err = act()
		}
		done <- err
	}()
	return <-done
}

// release takes away what was mounted for the container. That the namespace is
// gone, and its mounts with it, is as good.
func (s *sharedMounts) release() error {
	if s == nil {
		return nil
	}
	err := s.inside(func() error {
		if number, err := namespace.ID(0, namespace.Mount); err != nil || number != s.Number {
			return err // another one, which the path has come to mean
		}
		if mount, err := rootfs.MountOf(s.Root); err != nil || mount == s.Below {
			return err
		}
		return rootfs.Unmount(s.Root)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// isolate cuts the container's mounts off from the creator's, or joins those that
// are to be shared.
func (c *container) isolate() error {
	if !sharesMounts(c.spec.Linux) {
		if err := refuseMounts(c.request.Mounts); err != nil {
			return err
		}
		c.step(explain.Isolate, "")
		return rootfs.Isolate()
	}
	path := mountsToJoin(c.spec.Linux)
	if path == "" {
		return nil
	}
	return namespace.Enter(path, namespace.Mount)
}

// enterRoot makes what was built the container's root.
func (c *container) enterRoot() error {
	enter := rootfs.PivotRoot
	if sharesMounts(c.spec.Linux) {
		enter = rootfs.Chroot
	}
	if err := enter(c.request.Root); err != nil {
		return err
	}
	return rootfs.Propagate(c.spec.Linux.RootfsPropagation)
}

// warnOfMounts tells what it means to share mounts.
func (r *Runtime) warnOfMounts(spec *specs.Spec) {
	if sharesMounts(spec.Linux) {
		r.warn("linux.namespaces has no new mount namespace: the container is kept in its root by chroot alone, " +
			"and what is mounted for it others see, until it is deleted")
	}
	for _, each := range spec.Mounts {
		for _, option := range rootfs.IdleOptions(each) {
			r.warn("mounting %s: the option %s means nothing for a bind mount, and is left out", each.Destination, option)
		}
	}
}

// warnOfLimits names the limits that cannot be had here.
func (r *Runtime) warnOfLimits(limits *specs.LinuxResources) error {
	if limits == nil || limits.Memory == nil {
		return nil
	}
	trees, err := r.cgroups()
	if err != nil {
		return fmt.Errorf("looking for cgroups: %w", err)
	}
	for _, name := range trees.Lacks(limits.Memory) {
		r.warn("%s is not among the limits that this kernel has: it is left out", name)
	}
	return nil
}
