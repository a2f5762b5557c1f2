// Package carry carries files from one tree to another as `docker cp` does: it
// finds where two paths lead, says under which name the one comes to lie in the
// other, and packs and unpacks the tar archive that goes between them.
//
//	from, err := carry.Find(container, "/etc/hosts", false)
//	to, err := carry.Find(carry.Host{}, "/tmp/", true)
//	in, as, err := to.Receive(from)
//	n, err := carry.Copy(ctx, from, as, in, carry.Owners{})
//
// The processes of a container may move its files meanwhile. So a path is resolved
// once, by the kernel, inside the container's root (openat2(2), RESOLVE_IN_ROOT),
// and from there on every file is reached through an [os.Root]: what has become a
// link by then leads nowhere outside of the directory that was opened.
//
// It is not for layers: a name that starts with ".wh." is a name like any other.
package carry

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// Errors in Docker's words.
var (
	ErrCannotCopyDir = errors.New("cannot copy directory")
	ErrDirNotExists  = errors.New("no such directory")
	ErrNotDirectory  = errors.New("not a directory")
)

// Tree is what paths are looked up in: a container's files or the host's.
type Tree interface {
	// OpenPath opens what an absolute name means, with flags of open(2).
	OpenPath(name string, flags int) (*os.File, error)
}

// Host is the tree of the host.
type Host struct{}

// OpenPath is open(2).
func (Host) OpenPath(name string, flags int) (*os.File, error) {
	fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Place is where a path leads: an open directory and a name in it, of a file that
// need not be there.
type Place struct {
	Dir  *os.Root
	Name string      // in Dir; "." is Dir itself
	Info fs.FileInfo // nil for a file that is not there

	base       string // the last name of the path that was asked for
	isContents bool   // the path ends in "/.": what the directory holds is meant
	wantsDir   bool   // it ends in "/" or "/."
}

// Close closes the directory.
func (p *Place) Close() error { return p.Dir.Close() }

// IsDir says whether a directory is there.
func (p *Place) IsDir() bool { return p.Info != nil && p.Info.IsDir() }

// AsSource says what keeps a place from being copied: nothing is there, or a file where
// the path asks for a directory.
func (p *Place) AsSource() error {
	switch {
	case p.Info == nil:
		return fs.ErrNotExist
	case p.wantsDir && !p.IsDir():
		return ErrNotDirectory
	}
	return nil
}

// maxLinks is how many links may follow one another, as in path_resolution(7).
const maxLinks = 40

// Find looks an absolute path up. Links on the way are followed; one that is the
// last name only with follow, or when the path ends in a slash. That the directory
// it lies in is not there is an error that wraps fs.ErrNotExist.
func Find(tree Tree, name string, follow bool) (*Place, error) {
	asked := "/" + name
	wantsDir := strings.HasSuffix(asked, "/") || strings.HasSuffix(asked, "/.")
	isContents := strings.HasSuffix(asked, "/.") || path.Clean(asked) == "/"
	at := path.Clean(asked)
	for range maxLinks {
		p, err := open(tree, at)
		if err != nil {
			return nil, err
		}
		p.base, p.wantsDir, p.isContents = path.Base(path.Clean(asked)), wantsDir, isContents
		if p.Info == nil || p.Info.Mode().Type() != fs.ModeSymlink || !follow && !wantsDir {
			return p, nil
		}
		target, err := p.Dir.Readlink(p.Name)
		p.Close()
		if err != nil {
			return nil, err
		}
		if !path.IsAbs(target) {
			target = path.Join(path.Dir(at), target)
		}
		at = path.Clean(target)
	}
	return nil, &os.PathError{Op: "open", Path: name, Err: unix.ELOOP}
}

// Receive says which directory a source comes to lie in, here, and under which
// name: the table in the reference of `docker cp`.
func (p *Place) Receive(source *Place) (dir *os.Root, as string, err error) {
	switch {
	case p.IsDir():
		dir, err = p.Dir.OpenRoot(p.Name)
		if source.IsDir() && source.isContents {
			return dir, ".", err
		}
		return dir, source.base, err
	case p.Info != nil && source.IsDir():
		return nil, "", ErrCannotCopyDir
	case p.Info != nil && p.wantsDir:
		return nil, "", ErrNotDirectory
	case p.wantsDir && !source.IsDir():
		return nil, "", ErrDirNotExists
	}
	dir, err = p.Dir.OpenRoot(".")
	return dir, p.Name, err
}

// ArchiveName is the name that a source has in an archive that is written by itself.
func (p *Place) ArchiveName() string {
	if p.IsDir() && p.isContents {
		return "."
	}
	return p.base
}

// open opens the directory that a clean path lies in.
func open(tree Tree, at string) (*Place, error) {
	dir, err := tree.OpenPath(path.Dir(at), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	// The magic link leads to the very directory that is open (proc_pid_fd(5)).
	magic := fmt.Sprintf("/proc/self/fd/%d", dir.Fd())
	p := &Place{Name: path.Base(at)}
	if at == "/" {
		p.Name = "."
	}
	if p.Dir, err = os.OpenRoot(magic); err != nil {
		return nil, err
	}
	p.Info, err = p.Dir.Lstat(p.Name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.Close()
		return nil, err
	}
	return p, nil
}
