package rootfs

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// likeCovered gives a tmpfs the mode of the folder it is to cover, unless its
// options name one: /root of the image stays closed to others. A folder that is
// not there yet gets the kernel's own, 1777. See runc, libcontainer, mountToRootfs.
func (r *Root) likeCovered(m specs.Mount, o *options) error {
	for _, option := range o.data {
		if strings.HasPrefix(option, "mode=") {
			return nil
		}
	}
	covered, err := r.OpenPath(m.Destination, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil // it is made later, or cannot be: then that says why
	}
	defer covered.Close()
	var stat unix.Stat_t
	if err := unix.Fstat(int(covered.Fd()), &stat); err != nil {
		return err
	}
	o.data = append(o.data, fmt.Sprintf("mode=%04o", stat.Mode&^unix.S_IFMT))
	return nil
}

// fillFrom does what the option tmpcopyup asks for, and what had to wait for it:
// the mount becomes read-only only now, if it is to be.
func fillFrom(covered, mount *os.File, own attribute) error {
	if err := copyUp(covered, mount); err != nil {
		return err
	}
	return setAttributes(mount, own, 0)
}

// copyUp copies what is in the folder from, of the image, into the file system
// that is to cover it: files, folders, links and devices with their owners, modes
// and times. Both are open with O_PATH. See OCI runtime-spec config.md, Linux mount
// options, tmpcopyup.
func copyUp(from, into *os.File) error {
	source, err := os.OpenRoot(descriptorPath(from))
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.OpenRoot(descriptorPath(into))
	if err != nil {
		return err
	}
	defer target.Close()
	return copyFolder(source, target, ".")
}

// copyFolder copies what is in a folder, and then what it says of the folder
// itself, which the copying changes.
func copyFolder(source, target *os.Root, name string) error {
	entries, err := fs.ReadDir(source.FS(), name)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := copyEntry(source, target, path.Join(name, entry.Name())); err != nil {
			return err
		}
	}
	info, err := source.Stat(name)
	if err != nil {
		return err
	}
	return copyAttributes(target, name, info)
}

func copyEntry(source, target *os.Root, name string) error {
	info, err := source.Lstat(name)
	if err != nil {
		return err
	}
	switch info.Mode().Type() {
	case fs.ModeDir:
		if err := target.Mkdir(name, 0o700); err != nil {
			return err
		}
		return copyFolder(source, target, name)
	case fs.ModeSymlink:
		err = copyLink(source, target, name)
	case 0:
		err = copyFile(source, target, name)
	default:
		err = copyNode(target, name, info)
	}
	if err != nil {
		return err
	}
	return copyAttributes(target, name, info)
}

func copyLink(source, target *os.Root, name string) error {
	text, err := source.Readlink(name)
	if err != nil {
		return err
	}
	return target.Symlink(text, name)
}

func copyFile(source, target *os.Root, name string) error {
	in, err := source.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := target.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	return err
}

// copyNode makes a device, a pipe or a socket. The folders on the way were made
// just now, and nobody else sees them.
func copyNode(target *os.Root, name string, info fs.FileInfo) error {
	folder, err := target.Open(path.Dir(name))
	if err != nil {
		return err
	}
	defer folder.Close()
	stat := info.Sys().(*syscall.Stat_t)
	if err := unix.Mknodat(int(folder.Fd()), path.Base(name), stat.Mode, int(stat.Rdev)); err != nil {
		return &fs.PathError{Op: "mknod", Path: name, Err: err}
	}
	return nil
}

// copyAttributes sets owner, mode and time, in this order: to change the owner
// takes set-user-ID bits away.
func copyAttributes(target *os.Root, name string, info fs.FileInfo) error {
	stat := info.Sys().(*syscall.Stat_t)
	if err := target.Lchown(name, int(stat.Uid), int(stat.Gid)); err != nil {
		return err
	}
	if info.Mode().Type() == fs.ModeSymlink {
		return nil
	}
	if err := target.Chmod(name, info.Mode()); err != nil {
		return err
	}
	return target.Chtimes(name, info.ModTime(), info.ModTime())
}
