// Package scratch makes folders that end with the process that made them. A lock tells
// one in use from one that a killed process has left, for the next to remove:
//
//	mine, err := scratch.New(dir, "build-secret-")
//	defer mine.Close()
//	err = scratch.Sweep(dir, "build-secret-", func(dir string) error { return nil })
package scratch

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/flock"
)

// Scratch is a folder for what must not outlive the process, nor be seen by others:
// Close removes it, and Sweep does if the process was killed.
type Scratch struct {
	Dir  string
	lock *flock.Lock // by which it is told from one whose process has died
}

// New makes such a folder in another, whose name begins with prefix.
func New(in, prefix string) (*Scratch, error) {
	if err := os.MkdirAll(in, 0o700); err != nil {
		return nil, err
	}
	for {
		dir, err := os.MkdirTemp(in, prefix)
		if err != nil {
			return nil, err
		}
		lock, err := flock.Take(dir)
		if err == nil {
			return &Scratch{dir, lock}, nil
		}
		// Who sweeps saw it before it was locked, and is removing it: take another.
		if !errors.Is(err, flock.ErrHeld) && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, os.Remove(dir))
		}
	}
}

// Close removes the folder.
func (s *Scratch) Close() error {
	defer s.lock.Release()
	return os.RemoveAll(s.Dir)
}

// Sweep removes the folders of processes that have died. With each it does something
// first.
func Sweep(in, prefix string, first func(dir string) error) error {
	dirs, err := filepath.Glob(filepath.Join(in, prefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		lock, err := flock.Take(dir)
		if err == nil {
			if err = first(dir); err != nil {
				lock.Release()
				return err
			}
			err = (&Scratch{dir, lock}).Close()
		}
		// In use, or of other ids than this process has power over: another time.
		if err != nil && !errors.Is(err, flock.ErrHeld) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}
