package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"
)

// Scratch is a folder for what must not outlive the process, nor be seen by others:
// Close removes it, and SweepScratch does if the process was killed.
type Scratch struct {
	Dir  string
	lock *flock.Lock // by which it is told from one whose process has died
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

// SweepScratch removes the folders of processes that have died.
func (e *Engine) SweepScratch(prefix string) error {
	return e.sweepScratch(prefix, func(string) error { return nil })
}

// sweepScratch does something with each such folder before it removes it.
func (e *Engine) sweepScratch(prefix string, first func(dir string) error) error {
	dirs, err := filepath.Glob(filepath.Join(e.run, prefix+"*"))
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

// runPrefix starts the names of the folders in which a build notes the container of
// the step that it executes.
const runPrefix = "build-run-"

// note writes down, in a folder that is locked while this process lives, that a
// container is to go with it. Its shim keeps it up whoever dies.
func (e *Engine) note(id string) (*Scratch, error) {
	scratch, err := e.RunScratch(runPrefix)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(scratch.Dir, id), nil, 0o600); err != nil {
		return nil, errors.Join(err, scratch.Close())
	}
	return scratch, nil
}

// SweepBuilds removes the containers of RunLayer whose process was killed.
func (e *Engine) SweepBuilds(ctx context.Context) error {
	return e.sweepScratch(runPrefix, func(dir string) error {
		noted, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, each := range noted {
			c, err := e.Inspect(ctx, each.Name())
			if err == nil {
				err = e.Remove(ctx, c, true)
			}
			if err != nil && !errors.Is(err, container.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}
