package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// paxXattr starts the PAX records that carry extended attributes, the form GNU
// tar and libarchive share.
const paxXattr = "SCHILY.xattr."

// setAttributes gives a new file its owner, mode, extended attributes and time,
// in this order: a change of owner clears the set-id bits and the capabilities
// (chown(2)), and everything before moves the times.
func (u *unpacker) setAttributes(parent int, name string, h *tar.Header) error {
	kept, err := u.setOwner(parent, name, h)
	if err != nil {
		return err
	}
	// A symbolic link has no mode of its own (symlink(7)).
	if h.Typeflag != tar.TypeSymlink {
		if err := unix.Fchmodat(parent, name, u.mode(h, kept), 0); err != nil {
			return fmt.Errorf("setting mode: %w", err)
		}
	}
	if err := u.setXattrs(parent, name, h); err != nil {
		return err
	}
	if h.Typeflag == tar.TypeDir {
		return nil // see dirTimes
	}
	return setTime(parent, name, h.ModTime)
}

// setOwner gives the file to its owner as far as the process may: an ordinary
// user cannot (EPERM), and in a user namespace only ids that are mapped exist
// (EINVAL). Files of root that stay the caller's lose nothing: the caller is root
// in the container.
func (u *unpacker) setOwner(parent int, name string, h *tar.Header) (kept bool, err error) {
	if u.euid == 0 {
		err = unix.Fchownat(parent, name, h.Uid, h.Gid, unix.AT_SYMLINK_NOFOLLOW)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EINVAL) {
			return false, fmt.Errorf("setting owner: %w", err)
		}
	}
	if h.Uid == 0 && h.Gid == 0 {
		return true, nil
	}
	u.result.OwnersLost++
	u.result.note("%s: owner %d:%d not kept", h.Name, h.Uid, h.Gid)
	return false, nil
}

// mode is the mode a new file gets: the archive's, with two exceptions.
func (u *unpacker) mode(h *tar.Header, ownerKept bool) uint32 {
	asked := uint32(h.Mode) & 0o7777
	mode := asked
	// A program that is to run as its owner must not run as another one: without
	// its owner it would be set-id for the caller, who is root in the container.
	if !ownerKept && h.Typeflag != tar.TypeDir {
		mode &^= unix.S_ISUID | unix.S_ISGID
	}
	// An ordinary user can only remove what lies in directories they may write to.
	if u.euid != 0 && h.Typeflag == tar.TypeDir {
		mode |= 0o700
	}
	if mode != asked {
		u.result.ModesChanged++
		u.result.note("%s: mode %04o instead of %04o", h.Name, mode, asked)
	}
	return mode
}

// setXattrs sets the extended attributes of the archive. overlayfs's own are left
// out: with overlay.redirect a layer could name files that it does not have.
func (u *unpacker) setXattrs(parent int, name string, h *tar.Header) error {
	for _, record := range slices.Sorted(maps.Keys(h.PAXRecords)) {
		attr, isXattr := strings.CutPrefix(record, paxXattr)
		if !isXattr {
			continue
		}
		err := unix.EPERM
		if !isOverlayMark(attr) {
			set := unix.Lsetxattr(procPath(parent, name), attr, []byte(h.PAXRecords[record]), 0)
			if set == nil {
				continue
			}
			if !errors.As(set, &err) {
				return set
			}
		}
		switch err {
		case unix.EPERM, unix.EACCES, unix.EOPNOTSUPP, unix.EINVAL:
			u.result.XattrsSkipped++
			u.result.note("%s: attribute %s skipped: %v", h.Name, attr, err)
		default:
			return fmt.Errorf("setting attribute %s: %w", attr, err)
		}
	}
	return nil
}

func isOverlayMark(attr string) bool {
	return strings.HasPrefix(attr, "trusted.overlay.") || strings.HasPrefix(attr, "user.overlay.")
}

// setTime sets the time of last modification; the time of last access, which
// archives of layers leave out, gets the same value.
func setTime(parent int, name string, t time.Time) error {
	ts, err := unix.TimeToTimespec(t)
	if err != nil {
		return fmt.Errorf("time %v: %w", t, err)
	}
	if err := unix.UtimesNanoAt(parent, name, []unix.Timespec{ts, ts}, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return fmt.Errorf("setting time: %w", err)
	}
	return nil
}

// procPath names a file in an open directory for the calls on extended
// attributes, which know no descriptor of a directory (setxattrat(2) is new in
// Linux 6.13). The magic link leads to the very directory that is open; the last
// name must be followed by no call that uses it.
func procPath(parent int, name string) string {
	return "/proc/self/fd/" + strconv.Itoa(parent) + "/" + name
}

// getXattr reads an extended attribute of a file that is not followed if it is a
// symbolic link. A file system without attributes has none.
func getXattr(file, attr string) (value string, found bool, err error) {
	buffer := make([]byte, 256)
	for {
		n, err := unix.Lgetxattr(file, attr, buffer)
		switch {
		case err == nil:
			return string(buffer[:n]), true, nil
		case errors.Is(err, unix.ERANGE) && len(buffer) < maxXattr:
			buffer = make([]byte, maxXattr)
		case errors.Is(err, unix.ENODATA), errors.Is(err, unix.EOPNOTSUPP):
			return "", false, nil
		default:
			return "", false, fmt.Errorf("reading attribute %s: %w", attr, err)
		}
	}
}

// maxXattr is the kernel's limit for a value: XATTR_SIZE_MAX (xattr(7)).
const maxXattr = 64 << 10

// listXattrs names the extended attributes of a file that is not followed.
func listXattrs(file string) ([]string, error) {
	buffer := make([]byte, 1<<10)
	for {
		n, err := unix.Llistxattr(file, buffer)
		switch {
		case err == nil:
			names := strings.Split(strings.TrimSuffix(string(buffer[:n]), "\x00"), "\x00")
			return slices.DeleteFunc(names, func(s string) bool { return s == "" }), nil
		case errors.Is(err, unix.ERANGE) && len(buffer) < maxXattr:
			buffer = make([]byte, maxXattr) // also the limit of the list
		case errors.Is(err, unix.EOPNOTSUPP):
			return nil, nil
		default:
			return nil, fmt.Errorf("listing attributes: %w", err)
		}
	}
}
