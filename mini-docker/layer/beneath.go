package layer

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// root is the directory beneath which every path of an archive is resolved.
//
// Checking a path as text and then opening it is not enough: a layer may bring a
// symbolic link `a -> /etc` and then a file `a/passwd`. So the kernel resolves
// the directory part, with the order to stay beneath, and what follows is done
// by the last name alone, relative to that directory's descriptor.
type root struct {
	fd int // the layer's directory, O_PATH
	// The directory used last. Archives list siblings together, so this spares
	// most lookups.
	lastPath string
	lastFD   int
}

func openRoot(dir string) (*root, error) {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", dir, err)
	}
	return &root{fd: fd, lastFD: -1}, nil
}

func (r *root) close() {
	if r.lastFD >= 0 {
		unix.Close(r.lastFD)
	}
	unix.Close(r.fd)
}

// forget makes the next lookup a fresh one, because an entry is putting something
// else where the last one led. The descriptor stays open: it may be in use.
func (r *root) forget() { r.lastPath = "" }

// localPath turns an entry's name into a path relative to the root, "." for the
// root itself. A leading slash means the root of the layer, as it does to tar(1).
func localPath(name string) (string, error) {
	if strings.ContainsRune(name, 0) {
		return "", fmt.Errorf("name holds a zero byte: %w", ErrUnsafePath)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", ErrUnsafePath
		}
	}
	local := strings.TrimPrefix(path.Clean("/"+name), "/")
	if local == "" {
		return ".", nil
	}
	return local, nil
}

// openDirectory opens the directory at a local path as O_PATH, and no other: the
// kernel refuses, with EXDEV, every symbolic link and ".." that leads outside
// and every magic link of /proc (openat2(2), RESOLVE_BENEATH).
func (r *root) openDirectory(local string, resolve uint64) (int, error) {
	how := unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS | resolve,
	}
	for {
		fd, err := unix.Openat2(r.fd, local, &how)
		switch {
		case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
			continue // a rename elsewhere raced with "..": the kernel asks to try again
		case errors.Is(err, unix.EXDEV), errors.Is(err, unix.ELOOP):
			return -1, fmt.Errorf("directory %q: %w", local, ErrUnsafePath)
		}
		return fd, err
	}
}

// parent returns the directory that holds a local path, and the last name. The
// directories on the way are made by mkdir when they are missing. The descriptor
// belongs to the root and is good until the next call.
func (r *root) parent(local string, mkdir func(parent int, name string) error) (fd int, name string, err error) {
	dir, name := path.Split(local)
	dir = strings.TrimSuffix(dir, "/")
	if dir == "" {
		return r.fd, name, nil
	}
	if r.lastPath == dir {
		return r.lastFD, name, nil
	}
	fd, err = r.openDirectory(dir, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		fd, err = r.makeDirectories(dir, mkdir)
	}
	if err != nil {
		return -1, "", err
	}
	if r.lastFD >= 0 {
		unix.Close(r.lastFD)
	}
	r.lastPath, r.lastFD = dir, fd
	return fd, name, nil
}

// makeDirectories makes the missing directories of a path from the top down and
// opens the last.
func (r *root) makeDirectories(dir string, mkdir func(parent int, name string) error) (int, error) {
	parent := r.fd
	for end := 0; ; end++ {
		next := strings.IndexByte(dir[end:], '/')
		if next < 0 {
			end = len(dir)
		} else {
			end += next
		}
		fd, err := r.openDirectory(dir[:end], 0)
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
			if err = mkdir(parent, path.Base(dir[:end])); err == nil {
				fd, err = r.openDirectory(dir[:end], 0)
			}
		}
		if parent != r.fd {
			unix.Close(parent)
		}
		if err != nil {
			return -1, fmt.Errorf("directory %q: %w", dir[:end], err)
		}
		if end == len(dir) {
			return fd, nil
		}
		parent = fd
	}
}

// removeTree removes what stands at name, a directory with all it holds. Links
// are removed, never followed.
func removeTree(parent int, name string) error {
	err := unix.Unlinkat(parent, name, 0)
	if !errors.Is(err, unix.EISDIR) {
		return err
	}
	fd, err := unix.Openat(parent, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	names, err := readNames(fd)
	if err != nil {
		return err
	}
	for _, child := range names {
		if err := removeTree(fd, child); err != nil {
			return err
		}
	}
	return unix.Unlinkat(parent, name, unix.AT_REMOVEDIR)
}
