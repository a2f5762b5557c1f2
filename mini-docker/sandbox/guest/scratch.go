package guest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrNoUserXattr says that an ordinary user's overlays are not whole.
var ErrNoUserXattr = errors.New("overlays cannot replace a directory of a lower layer")

// coverState makes StateDir fit for overlays.
func (g *guest) coverState() {
	scratch := -1
	if g.config.Scratch {
		scratch = scratchFD
		defer unix.Close(scratchFD)
	}
	if err := coverState(filepath.Join(g.config.MountPoint, StateDir), scratch); err != nil {
		g.refused = append(g.refused, err.Error())
	}
}

// coverState mounts the scratch directory over dir, a tmpfs, if only that can
// hold the upper directories of overlays. scratch is its descriptor, or -1.
//
// An overlay marks in extended attributes of upper directories what they hide.
// In a user namespace it must take those named user.* (option userxattr), which
// tmpfs has since Linux 6.6, and file systems on disks always had. See xattr(7)
// and the kernel's filesystems/overlayfs.rst, User xattr.
func coverState(dir string, scratch int) error {
	const probe = "user.overlay.probe"
	if err := unix.Setxattr(dir, probe, nil, 0); err == nil {
		return unix.Removexattr(dir, probe)
	}
	if scratch == -1 {
		return fmt.Errorf("%w: this kernel's tmpfs has no user.* attributes (Linux 6.6 has)", ErrNoUserXattr)
	}
	opened := fmt.Sprintf("/proc/self/fd/%d", scratch) // O_PATH forbids fsetxattr(2)
	if err := unix.Setxattr(opened, probe, nil, 0); err != nil {
		return fmt.Errorf("%w: neither this kernel's tmpfs nor the cache directory has user.* attributes: %w", ErrNoUserXattr, err)
	}
	if err := unix.Removexattr(opened, probe); err != nil {
		return err
	}
	// From root comes a mount that is attached nowhere: this user might not get
	// past the directories above. An ordinary user could not make one. The open
	// directory itself belongs to the mount namespace outside and cannot be
	// bound (EINVAL), what is at its path here can. See move_mount(2).
	err := unix.MoveMount(scratch, "", unix.AT_FDCWD, dir, unix.MOVE_MOUNT_F_EMPTY_PATH)
	if err != nil {
		var path string
		if path, err = os.Readlink(opened); err == nil {
			err = unix.Mount(path, dir, "", unix.MS_BIND|unix.MS_REC, "")
		}
	}
	if err == nil {
		// It still is a peer of the host's mount: an overlay mounted in it
		// would appear outside. See mount_namespaces(7), Shared subtrees.
		err = unix.Mount("", dir, "", unix.MS_PRIVATE|unix.MS_REC, "")
	}
	if err != nil {
		return fmt.Errorf("mounting a directory of the host's disk on %s: %w", dir, err)
	}
	return nil
}
