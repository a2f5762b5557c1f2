// Package rootfs builds what a container sees as its file system: it mounts
// into a directory that is to become the root (Root), puts devices there, hides
// what must not be seen, and makes the directory the root (PivotRoot).
//
// Everything here is done by the container's first process, in a mount
// namespace of its own, after Isolate and before the container's command runs:
//
//	rootfs.Isolate()                    // nothing mounted from here on leaves
//	root, err := rootfs.Open(dir)       // dir has become a mount point
//	root.Mount(…); root.Devices(…); root.Mask(…)
//	rootfs.PivotRoot(dir)
//
// Paths inside the root come from images and are not to be trusted: each is
// resolved by openat2(2) as if the root were "/" already, and mounts are made
// on the descriptor that was found, never on a path that could be swapped.
//
// The package creates no namespaces (see namespace) and unpacks no layers.
package rootfs

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Isolate cuts the mount namespace off from the one it was copied from. Mounts
// that the host marks shared would otherwise carry what happens here back to
// the host. As slaves they still let the host's own later mounts in, so that a
// disk that is unmounted there is not held busy here. See
// mount_namespaces(7), Shared subtrees.
func Isolate() error {
	err := unix.Mount("", "/", "", unix.MS_SLAVE|unix.MS_REC, "")
	if err != nil {
		return fmt.Errorf("making every mount a slave of the host's: %w", err)
	}
	return nil
}

// Chroot makes newRoot the root of this process alone: what is left to a container
// whose mounts are not its own. Who may call chroot(2) inside gets out again.
func Chroot(newRoot string) error {
	if err := unix.Chroot(newRoot); err != nil {
		return fmt.Errorf("changing the root to %s: %w", newRoot, err)
	}
	return unix.Chdir("/")
}

// PivotRoot makes newRoot, which must be a mount point, the root of the calling
// process's mount namespace and lets go of the old root. A chroot only changes
// where one process starts to look; here the old tree leaves the namespace, so
// there is nothing to climb back to.
//
// pivot_root(2) wants a second argument, the place where the old root is put.
// Given "." twice it stacks the old root on top of the new one, and the
// unmount takes the topmost, the old one, away. MNT_DETACH does so although it
// is in use, by this process among others.
func PivotRoot(newRoot string) error {
	if err := unix.Chdir(newRoot); err != nil {
		return fmt.Errorf("entering the new root %s: %w", newRoot, err)
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivoting to the new root %s: %w", newRoot, err)
	}
	return unix.Unmount(".", unix.MNT_DETACH)
}

// Propagate sets where mounts made below the root of the calling process are seen.
// None ever reaches the host: after Isolate its root hears of the host's at the
// most. See OCI runtime-spec config-linux.md, Rootfs Mount Propagation.
func Propagate(kind string) error {
	if kind == "" {
		return nil
	}
	single, ok := propagationOf[kind]
	flags := uintptr(single)
	if !ok {
		flags = uintptr(propagationOf[strings.TrimPrefix(kind, "r")]) | unix.MS_REC
	}
	if err := unix.Mount("", "/", "", flags, ""); err != nil {
		return fmt.Errorf("making the root %s: %w", kind, err)
	}
	return nil
}

// IsPropagation says whether Propagate knows the word.
func IsPropagation(kind string) bool {
	return kind == "" || known(propagationOf, kind) || known(propagationOf, strings.TrimPrefix(kind, "r"))
}
