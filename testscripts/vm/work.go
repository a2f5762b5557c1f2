package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// workDir makes a folder for one run, and returns what removes it. It also
// removes those of runs that were killed before they could: a run holds a lock
// on its folder, which the kernel drops when the process ends (flock(2)).
func workDir(cache string) (dir string, remove func() error, err error) {
	old, err := filepath.Glob(filepath.Join(cache, "run-*"))
	if err != nil {
		return "", nil, err
	}
	for _, dir := range old {
		if f, err := lock(dir); err == nil {
			err = os.RemoveAll(dir)
			f.Close()
			if err != nil {
				return "", nil, fmt.Errorf("removing what an earlier run left: %w", err)
			}
		}
	}
	// Until it is locked it has a name that no other run removes.
	fresh, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return "", nil, err
	}
	f, err := lock(fresh)
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(cache, "run-"+strings.TrimPrefix(filepath.Base(fresh), "new-"))
	remove = func() error { return errors.Join(os.RemoveAll(dir), f.Close()) }
	return dir, remove, os.Rename(fresh, dir)
}

// lock takes the lock of a folder, or fails when another run has it.
func lock(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", dir, err)
	}
	return f, nil
}
