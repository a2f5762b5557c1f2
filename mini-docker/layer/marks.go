package layer

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

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
