// Package flock locks folders, which tells what belongs to a process that lives
// from what one that was killed has left.
//
//	lock, err := flock.Take(dir) // or Await
//	defer lock.Release()
package flock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Lock is an exclusive lock on a folder. The kernel drops it when the
// process that holds it ends, however it ends: that is how a container whose
// owner was killed is told from one that is being looked after. It goes along
// when the folder is renamed. See flock(2).
type Lock struct {
	dir *os.File
}

// ErrHeld says that another process holds the lock.
var ErrHeld = errors.New("in use by another process")

// Take takes the lock of the folder at path. The error is ErrHeld if
// another process holds it, fs.ErrNotExist if the folder is not there, or no
// longer.
func Take(path string) (*Lock, error) { return lock(path, unix.LOCK_EX) }

// Await is Take that waits, until ctx ends, for the other process to
// let go. flock(2) could wait by itself, but not be told to stop.
func Await(ctx context.Context, path string) (*Lock, error) {
	for {
		lock, err := Take(path)
		if !errors.Is(err, ErrHeld) {
			return lock, err
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// IsHeld says whether another process holds the lock. Asking takes a shared
// lock for an instant, so that those who ask at the same time do not take each
// other for an owner.
func IsHeld(path string) bool {
	shared, err := lock(path, unix.LOCK_SH)
	if err != nil {
		return errors.Is(err, ErrHeld)
	}
	shared.Release()
	return false
}

func lock(path string, kind int) (*Lock, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(dir.Fd()), kind|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrHeld
	} else if err == nil {
		err = stillAt(dir, path)
	}
	if err != nil {
		dir.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return &Lock{dir}, nil
}

// stillAt makes sure that the open folder is the one at path: between opening
// and locking it somebody may have removed it.
func stillAt(dir *os.File, path string) error {
	opened, err := dir.Stat()
	if err != nil {
		return err
	}
	current, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !os.SameFile(opened, current) {
		return fs.ErrNotExist
	}
	return nil
}

// Inherited is the lock that another program left to this one, with its folder.
func Inherited(folder *os.File) *Lock { return &Lock{folder} }

// Folder is the locked folder, open: a process that it is given to shares the lock.
func (l *Lock) Folder() *os.File { return l.dir }

// Release gives up the caller's share of the lock: a shim may have another.
func (l *Lock) Release() { l.dir.Close() }

// Unlock gives the lock up for all that share it.
func (l *Lock) Unlock() {
	unix.Flock(int(l.dir.Fd()), unix.LOCK_UN)
	l.dir.Close()
}
