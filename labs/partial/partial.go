// Package partial makes files and folders that are there whole or not at all,
// also when whoever makes them is killed.
//
//	err := partial.Make(path, func(part string) error { … })
//
// What is made has another name first, in a folder beside path that is locked
// (flock(2)) by the process that makes it. The kernel lets go of the lock when
// the process is gone, however that came about, so that the next one finds what
// was left, and removes it.
package partial

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// prefix starts the names of the folders in which things are made.
const prefix = ".partial-"

// Make has fill make a file or folder and gives it its name once it is whole. A
// file takes the place of one that is there; of several who make a folder at once
// the first one wins. What others have left beside it is removed.
func Make(path string, fill func(part string) error) error {
	scratch, err := NewScratch(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer scratch.Close()
	part := filepath.Join(scratch.Path(), filepath.Base(path))
	if err := fill(part); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Scratch is a folder for what is needed for a while, and removed when whoever
// needs it closes it, or is gone.
type Scratch struct{ dir *os.File }

// NewScratch makes one in the folder dir, and removes what others have left there.
func NewScratch(dir string) (*Scratch, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	Sweep(dir)
	claimed, err := claim(dir)
	if err != nil {
		return nil, err
	}
	return &Scratch{claimed}, nil
}

// Path is where the folder lies.
func (s *Scratch) Path() string { return s.dir.Name() }

// Close removes the folder.
func (s *Scratch) Close() error {
	err := os.RemoveAll(s.Path())
	return errors.Join(err, s.dir.Close()) // not before: while it is locked nobody else removes it
}

// claim makes a folder and locks it. Meanwhile another may sweep it away.
func claim(dir string) (*os.File, error) {
	for {
		path, err := os.MkdirTemp(dir, prefix)
		if err != nil {
			return nil, err
		}
		scratch, err := lock(path)
		if err == nil {
			if _, err = os.Lstat(path); err == nil {
				return scratch, nil
			}
			scratch.Close()
		}
		if !errors.Is(err, fs.ErrNotExist) && err != unix.EWOULDBLOCK {
			return nil, err
		}
	}
}

// lock locks a folder for as long as it is open.
func lock(path string) (*os.File, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		dir.Close()
		return nil, err
	}
	return dir, nil
}

// Sweep removes what was left in a folder by those who were killed. What cannot
// go now goes another time.
func Sweep(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, prefix+"*")) // the pattern is sound
	for _, path := range left {
		scratch, err := lock(path)
		if err != nil {
			continue // somebody makes something in it
		}
		os.RemoveAll(path)
		scratch.Close()
	}
}
