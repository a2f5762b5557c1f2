package rootfs

import (
	"fmt"
	"path"

	"golang.org/x/sys/unix"
)

// Symlink makes a symbolic link at name inside the root. The folder it lies in is
// there already, and no link leads to it. What has the name already stays.
func (r *Root) Symlink(target, name string) error {
	folder, err := r.openStrictly(path.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	err = unix.Symlinkat(target, int(folder.Fd()), path.Base(name))
	if err != nil && err != unix.EEXIST {
		return fmt.Errorf("making the link %s: %w", name, err)
	}
	return nil
}

// ReadOnlyMount makes the mount at name read-only, and none that is mounted below
// it: for a folder that had to be filled first.
func (r *Root) ReadOnlyMount(name string) error {
	mount, err := r.openStrictly(name)
	if err != nil {
		return err
	}
	defer mount.Close()
	if err := setAttributes(mount, readOnly, 0); err != nil {
		return fmt.Errorf("making %s read-only: %w", name, err)
	}
	return nil
}
