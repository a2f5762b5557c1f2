package guest

import (
	"errors"
	"fmt"
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
	if err := unix.Fsetxattr(scratch, probe, nil, 0); err != nil {
		return fmt.Errorf("%w: neither this kernel's tmpfs nor the cache directory has user.* attributes: %w", ErrNoUserXattr, err)
	}
	if err := unix.Fremovexattr(scratch, probe); err != nil {
		return err
	}
	// Its parents may be closed to this user: the descriptor leads past them.
	source := fmt.Sprintf("/proc/self/fd/%d", scratch)
	if err := unix.Mount(source, dir, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("mounting a directory of the host's disk on %s: %w", dir, err)
	}
	return nil
}
