package rootfs

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Mask hides each path that exists: a file behind /dev/null, a directory behind
// an empty one that cannot be written to. Masked are the parts of /proc and
// /sys that know no namespaces and tell about, or act on, the whole machine.
// See OCI runtime-spec config-linux.md, Masked Paths.
func (r *Root) Mask(paths []string) error {
	null, err := openNull()
	if err != nil {
		return err
	}
	defer null.Close()
	for _, name := range paths {
		if err := r.mask(name, null); err != nil {
			return fmt.Errorf("masking %s: %w", name, err)
		}
	}
	return nil
}

func (r *Root) mask(name string, null *os.File) error {
	target, err := r.OpenPath(name, unix.O_PATH)
	if errors.Is(err, unix.ENOENT) {
		return nil // this kernel does not have it: nothing to hide
	}
	if err != nil {
		return err
	}
	defer target.Close()
	err = unix.Mount(descriptorPath(null), descriptorPath(target), "", unix.MS_BIND, "")
	if errors.Is(err, unix.ENOTDIR) { // a file cannot cover a directory
		err = unix.Mount("tmpfs", descriptorPath(target), "tmpfs", unix.MS_RDONLY, "size=0k")
	}
	return err
}

// openNull opens the host's /dev/null and makes sure that it is that device: a
// mask made of another file could be read through, and written to
// (CVE-2025-31133).
func openNull() (*os.File, error) {
	fd, err := unix.Open("/dev/null", unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/null", Err: err}
	}
	null := os.NewFile(uintptr(fd), "/dev/null")
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		null.Close()
		return nil, err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFCHR || stat.Rdev != unix.Mkdev(1, 3) {
		null.Close()
		return nil, errors.New("/dev/null is not the null device (character device 1:3)")
	}
	return null, nil
}

// ReadOnlyPaths makes each path that exists read-only, the root included if it
// is "/". See OCI runtime-spec config-linux.md, Readonly Paths.
func (r *Root) ReadOnlyPaths(paths []string) error {
	for _, name := range paths {
		target, err := r.OpenPath(name, unix.O_PATH)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return err
		}
		err = r.readOnly(name, target)
		target.Close()
		if err != nil {
			return fmt.Errorf("making %s read-only: %w", name, err)
		}
	}
	return nil
}

// readOnly binds target onto itself, since only a mount can be read-only, and
// makes that bind read-only.
func (r *Root) readOnly(name string, target *os.File) error {
	self := descriptorPath(target)
	if err := unix.Mount(self, self, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	mounted, err := r.OpenPath(name, unix.O_PATH)
	if err != nil {
		return err
	}
	defer mounted.Close()
	return remountBind(mounted, unix.MS_RDONLY)
}

// ReadOnly makes the root itself read-only. What is mounted inside stays as it
// is. It comes last: mount points can no longer be made afterwards.
func (r *Root) ReadOnly() error {
	if err := remountBind(r.dir, unix.MS_RDONLY); err != nil {
		return fmt.Errorf("making the root read-only: %w", err)
	}
	return nil
}
