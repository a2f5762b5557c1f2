package layer

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
)

// Size sums up the bytes of the regular files in an unpacked layer; one that has
// several names counts once.
func Size(dir string) (int64, error) {
	var sum int64
	linked := map[fileID]bool{}
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Nlink > 1 {
			id := fileID{stat.Dev, stat.Ino}
			if linked[id] {
				return nil
			}
			linked[id] = true
		}
		sum += info.Size()
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("measuring layer %s: %w", dir, err)
	}
	return sum, nil
}
