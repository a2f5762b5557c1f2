package layer

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// AddUserMarks gives an unpacked layer that has overlayfs's marks in
// trusted.overlay.* alone the same marks in user.overlay.*. An overlay that is
// mounted on it meanwhile does not mind.
func AddUserMarks(dir string) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() && !entry.Type().IsRegular() {
			return err
		}
		for _, name := range []string{"opaque", "whiteout"} {
			value, found, err := getXattr(path, marks(false)+name)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			err = unix.Lsetxattr(path, marks(true)+name, []byte(value), 0)
			if err != nil && !errors.Is(err, unix.EOPNOTSUPP) { // tmpfs before Linux 6.6
				return fmt.Errorf("%s: setting %s%s: %w", path, marks(true), name, err)
			}
		}
		return nil
	})
}

// IsOpaque says whether a directory of an unpacked layer hides what the layers
// below have in it, whatever overlay the mark is for.
func IsOpaque(dir string) bool {
	for _, userXattr := range []bool{false, true} {
		if value, found, err := getXattr(dir, marks(userXattr)+"opaque"); err == nil && found && value == "y" {
			return true
		}
	}
	return false
}

// IsWhiteout says whether a file of an unpacked layer stands for one that is
// removed, in either form.
func IsWhiteout(path string, info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return false
	case stat.Mode&unix.S_IFMT == unix.S_IFCHR:
		return stat.Rdev == whiteoutDevice
	case stat.Mode&unix.S_IFMT != unix.S_IFREG || stat.Size != 0:
		return false
	}
	for _, userXattr := range []bool{false, true} {
		if _, found, err := getXattr(path, marks(userXattr)+"whiteout"); err == nil && found {
			return true
		}
	}
	return false
}
