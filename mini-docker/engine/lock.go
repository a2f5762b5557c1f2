package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// folderLock is an exclusive lock on a folder. The kernel drops it when the
// process that holds it ends, however it ends: that is how a container whose
// owner was killed is told from one that is being looked after. It goes along
// when the folder is renamed. See flock(2).
type folderLock struct {
	dir *os.File
}

// errLocked says that another process holds the lock.
var errLocked = errors.New("in use by another process")

// lockFolder takes the lock of the folder at path. The error is errLocked if
// another process holds it, fs.ErrNotExist if the folder is not there, or no
// longer.
func lockFolder(path string) (*folderLock, error) { return lock(path, unix.LOCK_EX) }

// awaitFolder is lockFolder that waits, until ctx ends, for the other process to
// let go. flock(2) could wait by itself, but not be told to stop.
func awaitFolder(ctx context.Context, path string) (*folderLock, error) {
	for {
		lock, err := lockFolder(path)
		if !errors.Is(err, errLocked) {
			return lock, err
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// isLocked says whether another process holds the lock. Asking takes a shared
// lock for an instant, so that those who ask at the same time do not take each
// other for an owner.
func isLocked(path string) bool {
	shared, err := lock(path, unix.LOCK_SH)
	if err != nil {
		return errors.Is(err, errLocked)
	}
	shared.release()
	return false
}

func lock(path string, kind int) (*folderLock, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(dir.Fd()), kind|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errLocked
	} else if err == nil {
		err = stillAt(dir, path)
	}
	if err != nil {
		dir.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return &folderLock{dir}, nil
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

// release gives up the caller's share of the lock: a shim may have another.
func (l *folderLock) release() { l.dir.Close() }

// unlock gives the lock up for all that share it.
func (l *folderLock) unlock() {
	unix.Flock(int(l.dir.Fd()), unix.LOCK_UN)
	l.dir.Close()
}
