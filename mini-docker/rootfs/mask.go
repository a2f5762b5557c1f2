package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Mask hides each path: a file behind /dev/null, a directory behind an empty one
// that cannot be written to. Masked are the parts of /proc and /sys that know no
// namespaces and tell about, or act on, the whole machine. What this kernel does
// not have needs no mask; see present. See OCI runtime-spec config-linux.md,
// Masked Paths.
func (r *Root) Mask(paths []string) error {
	if len(paths) == 0 {
		return nil
	}
	null, err := openNull()
	if err != nil {
		return err
	}
	c := &covers{null: null}
	defer c.close()
	for i, name := range paths {
		hides := func(earlier string) bool { return within(path.Join("/", earlier), name) }
		if slices.ContainsFunc(paths[:i], hides) {
			continue // with the folder it is in
		}
		if err := r.mask(name, c); err != nil {
			return fmt.Errorf("masking %s: %w", name, err)
		}
	}
	return nil
}

func (r *Root) mask(name string, c *covers) error {
	target, err := r.present(name)
	if err != nil || target == nil {
		return err
	}
	defer target.Close()
	isDir, err := isFolder(target)
	if err != nil {
		return err
	}
	if !isDir {
		return attachCopy(c.null, target)
	}
	if c.empty != nil {
		return attachCopy(c.empty, target)
	}
	c.empty, err = newFileSystem(specs.Mount{Type: "tmpfs", Source: "tmpfs"}, options{own: readOnly, data: []string{"size=0k"}})
	if err != nil {
		return err
	}
	return attach(c.empty, target)
}

// covers are what masks are made of: copies of these two. The empty folder is
// made for the first mask that needs one, and is that mask: to let go of a file
// system that is mounted nowhere has the kernel wait for all its CPUs.
type covers struct {
	null  *os.File // covers files
	empty *os.File // covers folders; nil at first
}

func (c *covers) close() {
	c.null.Close()
	if c.empty != nil {
		c.empty.Close()
	}
}

// attachCopy mounts a second mount of what is open.
func attachCopy(file, target *os.File) error {
	mount, err := copyOf(file, 0)
	if err != nil {
		return err
	}
	defer mount.Close()
	return attach(mount, target)
}

// present opens what is to be protected, without following any link. It returns
// nil if the kernel has nothing there: that is so where the folder it would be
// in belongs to the kernel's own file system. Elsewhere nothing to protect is an
// error, since it may be there by another name, unprotected.
func (r *Root) present(name string) (*os.File, error) {
	found, err := r.openStrictly(name)
	if !errors.Is(err, unix.ENOENT) {
		return found, err
	}
	for above := path.Dir(path.Join("/", name)); ; above = path.Dir(above) {
		folder, err := r.openStrictly(above)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return nil, err
		}
		kind, err := fileSystem(folder)
		folder.Close()
		if err == nil && kind != unix.PROC_SUPER_MAGIC && kind != unix.SYSFS_MAGIC {
			err = fmt.Errorf("it is not there, and %s is not of the kernel's proc or sysfs file system: "+
				"there is nothing to protect", above)
		}
		return nil, err
	}
}

// openNull opens the host's /dev/null and makes sure that it is that device: a
// mask made of another file could be read through, and written to
// (CVE-2025-31133).
func openNull() (*os.File, error) {
	const how = unix.O_PATH | unix.O_NOFOLLOW | unix.O_CLOEXEC
	fd, err := unix.Open("/dev/null", how, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/dev/null", Err: err}
	}
	null := os.NewFile(uintptr(fd), "/dev/null")
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		null.Close()
		return nil, err
	}
	isDevice := stat.Mode&unix.S_IFMT == unix.S_IFCHR
	if !isDevice || stat.Rdev != unix.Mkdev(1, 3) {
		null.Close()
		return nil, errors.New("/dev/null is not the null device (character device 1:3)")
	}
	return null, nil
}

// ReadOnlyPaths makes each path read-only with all that is mounted below it, the
// root alone if it is "/". What this kernel does not have is passed over, as by
// Mask. See OCI runtime-spec config-linux.md, Readonly Paths.
func (r *Root) ReadOnlyPaths(paths []string) error {
	for _, name := range paths {
		if err := r.readOnlyPath(name); err != nil {
			return fmt.Errorf("making %s read-only: %w", name, err)
		}
	}
	return nil
}

// readOnlyPath binds what is there onto itself, since only a mount can be
// read-only.
func (r *Root) readOnlyPath(name string) error {
	if path.Join("/", name) == "/" {
		return r.ReadOnly()
	}
	target, err := r.present(name)
	if err != nil || target == nil {
		return err
	}
	defer target.Close()
	mount, err := copyOf(target, unix.AT_RECURSIVE)
	if err != nil {
		return err
	}
	defer mount.Close()
	if err := setAttributes(mount, readOnly, unix.AT_RECURSIVE); err != nil {
		return err
	}
	return attach(mount, target)
}

// ReadOnly makes the root itself read-only. What is mounted inside stays as it
// is. It comes last: mount points can no longer be made afterwards.
func (r *Root) ReadOnly() error {
	if err := setAttributes(r.dir, readOnly, 0); err != nil {
		return fmt.Errorf("making the root read-only: %w", err)
	}
	return nil
}

var readOnly = attribute{set: unix.MOUNT_ATTR_RDONLY}
