package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// MountRoot makes dir the mount point that Open and PivotRoot need. A mount
// whose destination is "/", the overlay of an image's layers, is mounted there;
// without one dir is bound onto itself, since any directory becomes a mount
// point that way.
//
// It uses mount(2): the names of many layers are longer than the 256 bytes that
// fsconfig(2) takes of an option.
func MountRoot(dir string, overlay *specs.Mount) error {
	if overlay == nil {
		if err := unix.Mount(dir, dir, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("binding %s onto itself: %w", dir, err)
		}
		return nil
	}
	parsed, err := parseOptions(*overlay)
	if err != nil {
		return err
	}
	data := strings.Join(parsed.data, ",")
	err = unix.Mount(overlay.Source, dir, overlay.Type, 0, data)
	switch {
	case errors.Is(err, unix.ENODEV):
		return fmt.Errorf("mounting the root: this kernel has no %s file system: load it with `modprobe %[1]s`", overlay.Type)
	case len(data) >= os.Getpagesize() && err != nil:
		return fmt.Errorf("mounting the root: its options take %d bytes, the kernel accepts %d: %w",
			len(data), os.Getpagesize()-1, err)
	case err != nil:
		return fmt.Errorf("mounting the %s root on %s: %w", overlay.Type, dir, err)
	}
	return nil
}

// Unshare keeps mounts made below dir, a mount point, from being seen elsewhere:
// where the host's mounts are shared, its copy of a folder is another's peer.
func Unshare(dir string) error {
	if err := unix.Mount("", dir, "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("making the mounts below %s private: %w", dir, err)
	}
	return nil
}

// MountOf returns the number of the mount that path lies in: that on it, if it is
// a mount point.
func MountOf(path string) (uint64, error) {
	root, err := Open(path)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	at, err := identify(root.dir)
	return at.mount, err
}

// Unmount takes what MountRoot mounted on dir away, with all mounts below it. What
// is in use meanwhile goes when it is so no more.
func Unmount(dir string) error {
	if err := unix.Unmount(dir, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
		return fmt.Errorf("unmounting %s: %w", dir, err)
	}
	return nil
}

// Mount mounts m inside the root. Its destination is made if it is not there: a
// file if a file is bound, else a directory. See OCI runtime-spec config.md,
// Mounts.
func (r *Root) Mount(m specs.Mount) error {
	parsed, err := parseOptions(m)
	if err != nil {
		return err
	}
	if err := checkProc(m); err != nil {
		return err
	}
	if m.Type == "tmpfs" {
		if err := r.likeCovered(m, &parsed); err != nil {
			return fmt.Errorf("looking at %s: %w", m.Destination, err)
		}
	}
	mount, err := detached(m, parsed)
	if err != nil {
		return fmt.Errorf("mounting %s on %s: %w", sourceOf(m), m.Destination, err)
	}
	defer mount.Close()
	target, err := r.mountPoint(m, mount)
	if err != nil {
		return fmt.Errorf("preparing the mount point %s: %w", m.Destination, err)
	}
	defer target.Close()
	if err := r.checkDev(m, target); err != nil {
		return fmt.Errorf("mounting %s on %s: %w", sourceOf(m), m.Destination, err)
	}
	if parsed.copyUp {
		if err := fillFrom(target, mount, parsed.own); err != nil {
			return fmt.Errorf("copying what is in %s: %w", m.Destination, err)
		}
	}
	if err := attach(mount, target); err != nil {
		return fmt.Errorf("mounting %s on %s: %w", sourceOf(m), m.Destination, err)
	}
	if err := r.confirm(m.Destination, mount); err != nil {
		return err
	}
	if parsed.bind && path.Join("/", m.Destination) == "/dev" {
		r.hostDev = true
	}
	return propagate(mount, m.Destination, parsed.propagation)
}

// checkDev refuses a mount whose path is another one and leads to /dev by a link of
// the image's: devices would be made in whatever is mounted, a folder of the host for
// one.
func (r *Root) checkDev(m specs.Mount, target *os.File) error {
	if path.Join("/", m.Destination) == "/dev" {
		return nil
	}
	dev, err := r.openStrictly("/dev")
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ELOOP) {
		return nil // a link, which is refused when /dev itself is mounted
	}
	if err != nil {
		return err
	}
	defer dev.Close()
	one, err := identify(dev)
	other, failed := identify(target)
	if err == nil && failed == nil && one == other {
		return errors.New("it leads to /dev by a link in the image: name /dev if that is meant")
	}
	return errors.Join(err, failed)
}

// BindFile mounts the file at source, a path of the host, on destination.
func (r *Root) BindFile(source, destination string) error {
	return r.Mount(specs.Mount{Source: source, Destination: destination, Options: []string{"bind"}})
}

// sourceOf names what is mounted.
func sourceOf(m specs.Mount) string {
	if m.Source == "" {
		return m.Type
	}
	return m.Source
}

// checkProc refuses a mount that would hide a part of /proc, or all of it. What
// is masked there, and what is read-only, would not be found.
func checkProc(m specs.Mount) error {
	isProc := m.Type == "proc" || path.Join("/", m.Source) == "/proc"
	if within("/proc", m.Destination) && !(isProc && path.Join("/", m.Destination) == "/proc") {
		return fmt.Errorf("mounting %s on %s: %w", sourceOf(m), m.Destination, ErrProcHidden)
	}
	return nil
}

// ErrProcHidden says that something was to be mounted over a part of /proc.
var ErrProcHidden = errors.New("it would hide a part of /proc, on which the container's protection rests")

// mountPoint returns the place inside the root where a mount is to be attached:
// never the root itself, and never a part of a /proc that is there already. A
// path to the kernel's file systems may lead over no link; any other one ends
// inside the root wherever its links lead.
func (r *Root) mountPoint(m specs.Mount, mount *os.File) (*os.File, error) {
	kind := uint32(unix.S_IFREG)
	isDir, err := isFolder(mount)
	if err != nil {
		return nil, err
	}
	if isDir {
		kind = unix.S_IFDIR
	}
	open := r.ensure
	if isKernelType(m.Type) {
		open = r.ensureStrictly
	}
	target, err := open(m.Destination, kind)
	if err != nil {
		return nil, err
	}
	err = r.checkTarget(target, isDir)
	if kind, unknown := fileSystem(mount); within("/proc", m.Destination) && kind != unix.PROC_SUPER_MAGIC {
		err = errors.Join(ErrProcHidden, unknown)
	}
	if err != nil {
		target.Close()
		return nil, err
	}
	return target, nil
}

// isKernelType says whether a file system shows the kernel itself.
func isKernelType(kind string) bool {
	switch kind {
	case "proc", "sysfs", "cgroup", "cgroup2", "devpts", "mqueue":
		return true
	}
	return false
}

// checkTarget makes sure that something may be mounted on target.
func (r *Root) checkTarget(target *os.File, wantDir bool) error {
	at, err := identify(target)
	if err != nil {
		return err
	}
	top, err := identify(r.dir)
	if err != nil {
		return err
	}
	kind, err := fileSystem(target)
	if err != nil {
		return err
	}
	isDir, err := isFolder(target)
	switch {
	case err != nil:
		return err
	case at == top:
		return errors.New("it leads to the root itself")
	case kind == unix.PROC_SUPER_MAGIC:
		return ErrProcHidden
	case isDir && !wantDir:
		return unix.EISDIR
	case !isDir && wantDir:
		return unix.ENOTDIR
	}
	return nil
}

// confirm makes sure that a path to the kernel's file systems leads to the mount
// that was just attached there.
func (r *Root) confirm(destination string, mount *os.File) error {
	if !isKernels(destination) {
		return nil
	}
	found, err := r.openStrictly(destination)
	if err != nil {
		return err
	}
	defer found.Close()
	want, err := identify(mount)
	if err != nil {
		return err
	}
	if got, err := identify(found); err != nil || got != want {
		return errors.Join(fmt.Errorf("mounting on %s: something else lies there now", destination), err)
	}
	return nil
}

// identity tells files apart, also those of one folder that is mounted twice.
type identity struct{ mount, inode uint64 }

// identify needs Linux 5.8. See statx(2), STATX_MNT_ID.
func identify(file *os.File) (identity, error) {
	var stat unix.Statx_t
	const want = unix.STATX_INO | unix.STATX_MNT_ID
	err := unix.Statx(int(file.Fd()), "", unix.AT_EMPTY_PATH|unix.AT_SYMLINK_NOFOLLOW, want, &stat)
	if err == nil && stat.Mask&want != want {
		err = errors.New("this kernel does not tell mounts apart: Linux 5.8 is needed")
	}
	return identity{stat.Mnt_id, stat.Ino}, err
}

// propagate sets where mounts below this one are seen.
func propagate(mount *os.File, destination string, kinds []tree) error {
	for _, each := range kinds {
		flags := uint(unix.AT_EMPTY_PATH)
		if each.recursive {
			flags |= unix.AT_RECURSIVE
		}
		attributes := &unix.MountAttr{Propagation: each.propagation}
		if err := unix.MountSetattr(int(mount.Fd()), "", flags, attributes); err != nil {
			return fmt.Errorf("setting the propagation of %s: %w", destination, err)
		}
	}
	return nil
}
