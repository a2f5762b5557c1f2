package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/flock"
	"drydock/mini-docker/sandbox/guest"

	"golang.org/x/sys/unix"
)

// scratch is a directory on the host's disk that a sandbox may keep mini-docker's
// state in. It is locked for as long as this process lives: one that can be
// locked was left by a process that was killed.
type scratch struct {
	dir   *os.File
	mount *os.File // of dir, attached nowhere, or dir itself
}

// scratchOf makes the scratch directory of a sandbox. It returns nil if none is
// wanted or can be made: init says so where it needs one.
func scratchOf(s Spec, config *guest.Config) *scratch {
	if s.Scratch == "" {
		return nil
	}
	made, err := makeScratch(s.Scratch, RootInside(s.DropToUser))
	config.Scratch = err == nil
	return made
}

// file is what init mounts: a mount of the directory where this user can make
// one, else the open directory. It returns nil if there is none.
func (s *scratch) file() *os.File {
	if s == nil || s.mount == nil {
		return nil
	}
	return s.mount
}

// makeScratch makes the scratch directory of a sandbox below parent, for the
// user owner, and removes what others have left there.
func makeScratch(parent string, owner int) (*scratch, error) {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return nil, err
	}
	sweepScratch(parent)
	const attempts = 100 // somebody else may sweep it away before it is locked
	for range attempts {
		path, err := os.MkdirTemp(parent, "sandbox-")
		if err != nil {
			return nil, err
		}
		held, err := flock.Take(path)
		if err != nil {
			continue
		}
		dir := held.Folder() // which goes on holding the lock
		s := &scratch{dir: dir, mount: dir}
		if mount, err := unix.OpenTree(int(dir.Fd()), "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH); err == nil {
			s.mount = os.NewFile(uintptr(mount), path)
		}
		if owner != os.Geteuid() {
			err = dir.Chown(owner, owner)
		}
		if err != nil {
			return nil, errors.Join(err, s.remove())
		}
		return s, nil
	}
	return nil, fmt.Errorf("making a directory in %s: others keep removing it", parent)
}

// sweepScratch removes the directories whose process is dead.
func sweepScratch(parent string) {
	paths, _ := filepath.Glob(filepath.Join(parent, "sandbox-*")) // the pattern is sound
	for _, path := range paths {
		if held, err := flock.Take(path); err == nil {
			dir := held.Folder()
			(&scratch{dir: dir, mount: dir}).remove() // what cannot go now goes another time
		}
	}
}

// remove removes the directory with everything in it. An overlay's work
// directory has mode 0, so that not even its owner could look into it.
func (s *scratch) remove() error {
	filepath.WalkDir(s.dir.Name(), func(path string, entry fs.DirEntry, err error) error {
		if entry != nil && entry.IsDir() && entry.Type()&fs.ModeSymlink == 0 {
			os.Chmod(path, 0o700)
		}
		return nil
	})
	s.mount.Close()
	err := os.RemoveAll(s.dir.Name())
	s.dir.Close() // not before: while it is locked nobody else removes it
	return err
}
