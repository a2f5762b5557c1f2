package rootfs

import (
	"errors"
	"fmt"
	"os"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// MountRoot makes dir the mount point that Open and PivotRoot need. A mount
// whose destination is "/", the overlay of an image's layers, is mounted there;
// without one dir is bound onto itself, since any directory becomes a mount
// point that way.
func MountRoot(dir string, overlay *specs.Mount) error {
	if overlay == nil {
		if err := unix.Mount(dir, dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("binding %s onto itself: %w", dir, err)
		}
		return nil
	}
	parsed := parseOptions(overlay.Options)
	err := unix.Mount(overlay.Source, dir, overlay.Type, parsed.flags, parsed.fsData)
	switch {
	case errors.Is(err, unix.ENODEV):
		return fmt.Errorf("mounting the root: this kernel has no %s file system: load it with `modprobe %[1]s`", overlay.Type)
	case len(parsed.fsData) >= os.Getpagesize() && err != nil:
		return fmt.Errorf("mounting the root: its options take %d bytes, the kernel accepts %d: %w",
			len(parsed.fsData), os.Getpagesize()-1, err)
	case err != nil:
		return fmt.Errorf("mounting the %s root on %s: %w", overlay.Type, dir, err)
	}
	return nil
}

// Mount mounts m inside the root. Its destination is made if it is not there: a
// file if a file is bound, else a directory. See mount(2), OCI runtime-spec
// config.md, Mounts.
func (r *Root) Mount(m specs.Mount) error {
	parsed := parseOptions(m.Options)
	isBind := parsed.flags&unix.MS_BIND != 0
	target, err := r.mountPoint(m.Destination, isBind, m.Source)
	if err != nil {
		return fmt.Errorf("preparing the mount point %s: %w", m.Destination, err)
	}
	defer target.Close()

	// The flags of a bind are those of its source: mount(2) ignores others
	// until the new mount is remounted.
	first := parsed.flags
	if isBind {
		first &= unix.MS_BIND | unix.MS_REC
	}
	if err := unix.Mount(m.Source, descriptorPath(target), m.Type, first, parsed.fsData); err != nil {
		return fmt.Errorf("mounting %s on %s: %w", m.Source, m.Destination, err)
	}
	// target still names the directory below; what was just mounted is found
	// by looking the path up again.
	mounted, err := r.OpenPath(m.Destination, unix.O_PATH)
	if err != nil {
		return err
	}
	defer mounted.Close()
	if isBind && parsed.flags&^(unix.MS_BIND|unix.MS_REC) != 0 {
		if err := remountBind(mounted, parsed.flags); err != nil {
			return fmt.Errorf("setting the options of the bind on %s: %w", m.Destination, err)
		}
	}
	for _, propagation := range parsed.propagation {
		if err := unix.Mount("", descriptorPath(mounted), "", propagation, ""); err != nil {
			return fmt.Errorf("setting the propagation of %s: %w", m.Destination, err)
		}
	}
	return nil
}

// BindFile mounts the file at source, a path of the host, on destination.
func (r *Root) BindFile(source, destination string) error {
	return r.Mount(specs.Mount{Source: source, Destination: destination, Options: []string{"bind"}})
}

// mountPoint returns the place inside the root where destination will be
// mounted.
func (r *Root) mountPoint(destination string, isBind bool, source string) (*os.File, error) {
	if isBind {
		info, err := os.Stat(source)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return r.createFile(destination)
		}
	}
	return r.MkdirAll(destination)
}

// remountBind gives a bind mount flags of its own. Those that the mount already
// has are kept: in a user namespace the kernel refuses to take back what
// restricted the mount outside (EPERM). See mount(2), MS_REMOUNT | MS_BIND, and
// mount_namespaces(7), locked flags.
func remountBind(mounted *os.File, flags uintptr) error {
	var stat unix.Statfs_t
	if err := unix.Fstatfs(int(mounted.Fd()), &stat); err != nil {
		return err
	}
	// Of the flags that statfs(2) reports these have the values of mount(2).
	const kept = unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC |
		unix.MS_NOATIME | unix.MS_NODIRATIME
	flags |= uintptr(stat.Flags)&kept | unix.MS_REMOUNT | unix.MS_BIND
	return unix.Mount("", descriptorPath(mounted), "", flags&^unix.MS_REC, "")
}
