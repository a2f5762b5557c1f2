package uninstall

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// cgroups are the groups that sandboxes and containers have their own below: they
// stay where a process was killed before it could remove them. With version 1
// there is one in each tree (cgroups(7)).
func (u *Uninstall) cgroups() []string {
	top := filepath.Join(u.top, "sys/fs/cgroup")
	var all []string
	for _, pattern := range []string{"*", "*/*"} {
		for _, name := range []string{"drydock", "mini-docker"} {
			found, err := filepath.Glob(filepath.Join(top, pattern, name))
			if err == nil { // the pattern is none of anybody's
				all = append(all, found...)
			}
		}
	}
	for _, name := range []string{"drydock", "mini-docker"} {
		all = append(all, filepath.Join(top, name))
	}
	return slices.DeleteFunc(all, func(dir string) bool {
		return unix.Access(filepath.Dir(dir), unix.W_OK) != nil // somebody else's
	})
}

// removeCgroup removes a group and those below it. The kernel refuses while a
// process is in one (EBUSY); the files in a group are the kernel's.
func removeCgroup(dir string) error {
	var groups []string
	filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			groups = append(groups, path)
		}
		return nil // what is gone need not be removed
	})
	for _, group := range slices.Backward(groups) {
		if err := unix.Rmdir(group); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}
