package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// Root is the directory that is to become a container's root.
type Root struct {
	path string
	dir  *os.File // opened with O_PATH: names the directory, reads nothing

	hostDev bool // /dev is the host's own, bound: nothing may be made there
}

// Open returns the root at dir. Mount the container's file system there first:
// what is mounted over dir later is not seen by the Root.
func Open(dir string) (*Root, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: dir, Err: err}
	}
	return &Root{path: dir, dir: os.NewFile(uintptr(fd), dir)}, nil
}

// Close lets go of the root's descriptor. Nothing is unmounted.
func (r *Root) Close() error { return r.dir.Close() }

// OpenPath opens what name means inside the root. Symbolic links, absolute ones
// and ".." included, are followed as if the root were "/" already
// (RESOLVE_IN_ROOT), and links like /proc/PID/exe, which lead anywhere, are
// refused (RESOLVE_NO_MAGICLINKS). See openat2(2).
func (r *Root) OpenPath(name string, flags int) (*os.File, error) {
	how := &unix.OpenHow{
		Flags:   uint64(flags) | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS,
	}
	for {
		fd, err := unix.Openat2(int(r.dir.Fd()), path.Join("/", name), how)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), name), nil
		case unix.EAGAIN, unix.EINTR: // a rename elsewhere raced with the look-up
			continue
		default:
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// MkdirAll makes the directory name inside the root, with its parents, mode
// rwxr-xr-x, and returns it opened with O_PATH. What exists is left alone. Where
// a link leads to what is not there, that is made; see walk.
func (r *Root) MkdirAll(name string) (*os.File, error) {
	dir, err := r.follow(name, unix.S_IFDIR)
	if err != nil {
		return nil, err
	}
	if isDir, err := isFolder(dir); err != nil || !isDir {
		dir.Close()
		return nil, errors.Join(&os.PathError{Op: "open", Path: name, Err: unix.ENOTDIR}, err)
	}
	return dir, nil
}

// descriptorPath names an open file for the calls that only take a path. What
// it leads to cannot be exchanged by renaming things. See proc(5),
// /proc/pid/fd/.
func descriptorPath(file *os.File) string {
	return fmt.Sprintf("/proc/self/fd/%d", file.Fd())
}
