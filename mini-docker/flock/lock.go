// Package flock locks folders and files (flock(2)), which keeps processes from doing
// something at once, and tells what belongs to one that lives from what one that was
// killed has left.
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
func Take(path string) (*Lock, error) { return lock(path, unix.LOCK_EX|unix.LOCK_NB) }

// Await is Take that waits, until ctx ends, for the other process to
// let go. flock(2) could wait by itself, but not be told to stop.
func Await(ctx context.Context, path string) (*Lock, error) { return await(ctx, path, unix.LOCK_EX) }

// AwaitShared is Await for a lock that others may have a share of at the same time, as
// long as nobody has taken it for themselves.
func AwaitShared(ctx context.Context, path string) (*Lock, error) {
	return await(ctx, path, unix.LOCK_SH)
}

// poll is how often one who waits asks again.
const poll = 2 * time.Millisecond

func await(ctx context.Context, path string, kind int) (*Lock, error) {
	for {
		lock, err := lock(path, kind|unix.LOCK_NB)
		if !errors.Is(err, ErrHeld) {
			return lock, err
		}
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// Wait is Take that waits for as long as it takes. Who has waited longest is next.
func Wait(path string) (*Lock, error) { return lock(path, unix.LOCK_EX) }

// IsHeld says whether another process holds the lock. Asking takes a shared
// lock for an instant, so that those who ask at the same time do not take each
// other for an owner.
func IsHeld(path string) bool {
	shared, err := lock(path, unix.LOCK_SH|unix.LOCK_NB)
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
	if err = flock(dir, kind); err == nil {
		err = stillAt(dir, path)
	}
	if err != nil {
		dir.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return &Lock{dir}, nil
}

// flock is the system call, which a signal may interrupt while it waits.
func flock(file *os.File, kind int) error {
	for {
		switch err := unix.Flock(int(file.Fd()), kind); {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EWOULDBLOCK):
			return ErrHeld
		default:
			return err
		}
	}
}

// TakeFile locks an open file until it is closed. The error is ErrHeld if another
// process has.
func TakeFile(file *os.File) error { return flock(file, unix.LOCK_EX|unix.LOCK_NB) }

// AwaitFile is TakeFile that waits until ctx ends.
func AwaitFile(ctx context.Context, file *os.File) error {
	for {
		err := TakeFile(file)
		if !errors.Is(err, ErrHeld) {
			return err
		}
		select {
		case <-time.After(poll):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
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
