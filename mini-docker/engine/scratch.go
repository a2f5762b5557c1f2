package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Scratch is a folder for what must not outlive the process, nor be seen by others:
// Close removes it, and SweepScratch does if the process was killed.
type Scratch struct {
	Dir  string
	lock *folderLock // by which it is told from one whose process has died
}

// RunScratch makes such a folder. It lies in memory where the machine has a file
// system for that. What it is called begins with prefix.
func (e *Engine) RunScratch(prefix string) (*Scratch, error) {
	if err := os.MkdirAll(e.run, 0o700); err != nil {
		return nil, err
	}
	for {
		dir, err := os.MkdirTemp(e.run, prefix)
		if err != nil {
			return nil, err
		}
		lock, err := lockFolder(dir)
		if err == nil {
			return &Scratch{dir, lock}, nil
		}
		// Who sweeps saw it before it was locked, and is removing it: take another.
		if !errors.Is(err, errLocked) && !errors.Is(err, fs.ErrNotExist) {
			return nil, errors.Join(err, os.Remove(dir))
		}
	}
}

// Close removes the folder.
func (s *Scratch) Close() error {
	defer s.lock.release()
	return os.RemoveAll(s.Dir)
}

// SweepScratch removes the folders of processes that have died.
func (e *Engine) SweepScratch(prefix string) error {
	dirs, err := filepath.Glob(filepath.Join(e.run, prefix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range dirs {
		lock, err := lockFolder(dir)
		if err == nil {
			err = (&Scratch{dir, lock}).Close()
		}
		// In use, or of other ids than this process has power over: another time.
		if err != nil && !errors.Is(err, errLocked) && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return err
		}
	}
	return nil
}
