package layer

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// whiteoutDevice is the number of the character device that overlayfs reads as
// "nothing here, and do not look below". The kernel lets anybody make it, without
// CAP_MKNOD (since 5.8, vfs_mknod in fs/namei.c).
const whiteoutDevice = 0

// marks is the prefix of the extended attributes in which this unpacker keeps
// overlayfs's marks.
func (u *unpacker) marks() string { return marks(u.options.UserXattr) }

func marks(userXattr bool) string {
	if userXattr {
		return "user.overlay."
	}
	return "trusted.overlay."
}

// reserved handles an entry whose name starts with ".wh.": dir is the path before
// it, base the name.
func (u *unpacker) reserved(dir, base string) error {
	if base == opaqueMarker {
		// The directory itself is where any file in it would lie.
		self, _, err := u.locate(path.Join(dir, "any"))
		if err != nil {
			return err
		}
		return u.setOpaque(self, ".")
	}
	if strings.HasPrefix(base, aufsPrefix) {
		u.result.note("%s%s: skipped: means something to aufs only", dir, base)
		return nil
	}
	hidden := strings.TrimPrefix(base, whiteoutPrefix)
	if hidden == "" || hidden == "." || hidden == ".." {
		return fmt.Errorf("whiteout of a directory in itself: %w", ErrReservedName)
	}
	parent, name, err := u.locate(path.Join(dir, hidden))
	if err != nil {
		return err
	}
	return u.whiteout(parent, name)
}

// IsReserved says whether a file of that name, the last of its path, would be taken
// for a whiteout: a layer cannot have such a file.
func IsReserved(name string) bool { return strings.HasPrefix(name, whiteoutPrefix) }

// whiteout hides name in the layers below. It applies to those alone, wherever
// in the archive it stands: a file that this layer brings under the same name
// hides the lower one by itself, and a directory does so once it is opaque (OCI
// image-spec layer.md, Whiteouts).
func (u *unpacker) whiteout(parent int, name string) error {
	if opaque, err := isOpaque(parent, ".", u.marks()); err != nil || opaque {
		return err // everything below is hidden already
	}
	standing, err := statAt(parent, name)
	if err == nil && standing.Mode&unix.S_IFMT == unix.S_IFDIR {
		return u.setOpaque(parent, name)
	}
	if !errors.Is(err, unix.ENOENT) {
		return err
	}
	err = u.mknod(parent, name, unix.S_IFCHR, whiteoutDevice)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return u.xattrWhiteout(parent, name)
	}
	return err
}

// xattrWhiteout hides name without a device node, for file systems and sandboxes
// that refuse one: an empty file with the attribute overlay.whiteout, in a
// directory whose attribute overlay.opaque is "x", which tells overlayfs to look
// for such files (kernel documentation, overlayfs, Whiteouts and opaque
// directories).
func (u *unpacker) xattrWhiteout(parent int, name string) error {
	if !kernelAtLeast(6, 7) {
		return errors.New("this file system refuses whiteouts (character device 0/0), and their other form needs Linux 6.7")
	}
	fd, err := unix.Openat(parent, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := u.mark(fd, "whiteout", ""); err != nil {
		return err
	}
	dir, err := unix.Openat(parent, ".", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(dir)
	return u.mark(dir, "opaque", "x")
}

// mark sets one of overlayfs's attributes, in each of the two forms that some
// overlay of this layer may read.
func (u *unpacker) mark(fd int, name, value string) error {
	if err := unix.Fsetxattr(fd, u.marks()+name, []byte(value), 0); err != nil {
		return fmt.Errorf("setting %s%s: %w", u.marks(), name, err)
	}
	if u.options.UserXattr {
		return nil
	}
	err := unix.Fsetxattr(fd, marks(true)+name, []byte(value), 0)
	if err != nil && !errors.Is(err, unix.EOPNOTSUPP) { // tmpfs before Linux 6.6
		return fmt.Errorf("setting %s%s: %w", marks(true), name, err)
	}
	return nil
}

// setOpaque hides all that the layers below have in a directory. Whiteouts inside
// have nothing left to hide and go, so that the order of the archive's entries
// makes no difference.
func (u *unpacker) setOpaque(parent int, name string) error {
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := u.mark(fd, "opaque", "y"); err != nil {
		return err
	}
	names, err := readNames(fd)
	if err != nil {
		return err
	}
	for _, child := range names {
		standing, err := statAt(fd, child)
		if err != nil {
			return err
		}
		hides, err := isWhiteout(fd, child, standing, u.marks())
		if err == nil && hides {
			err = unix.Unlinkat(fd, child, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isWhiteout reports whether name, whose state is st, is a whiteout of either form.
func isWhiteout(parent int, name string, st *unix.Stat_t, marks string) (bool, error) {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFCHR:
		return st.Rdev == whiteoutDevice, nil
	case unix.S_IFREG:
		if st.Size != 0 {
			return false, nil
		}
		_, found, err := getXattr(procPath(parent, name), marks+"whiteout")
		return found, err
	}
	return false, nil
}

// isOpaque reports whether a directory hides what the layers below have in it.
func isOpaque(parent int, name, marks string) (bool, error) {
	value, _, err := getXattr(procPath(parent, name), marks+"opaque")
	return value == "y", err
}

// HidesBelow reports whether an unpacked layer hides all layers below it: its
// root is opaque. overlayfs heeds that mark in every directory but the root, so
// whoever stacks layers must leave out those below.
func HidesBelow(dir string, userXattr bool) (bool, error) {
	value, _, err := getXattr(dir, marks(userXattr)+"opaque")
	if err != nil {
		return false, fmt.Errorf("layer %s: %w", dir, err)
	}
	return value == "y", nil
}

// kernelAtLeast compares the running kernel's version.
func kernelAtLeast(major, minor int) bool {
	var name unix.Utsname
	var gotMajor, gotMinor int
	if unix.Uname(&name) != nil {
		return false
	}
	if n, _ := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &gotMajor, &gotMinor); n != 2 {
		return false
	}
	return gotMajor > major || gotMajor == major && gotMinor >= minor
}
