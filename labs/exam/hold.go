package exam

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"drydock/labs/progress"
)

// ErrUnderWay says that the learner sits an exam already.
var ErrUnderWay = errors.New("an exam is under way in another terminal: exit there hands it in")

// lockPath is the file whose lock an exam holds. The kernel drops the lock when the
// process dies that holds it.
func lockPath(store *progress.Store) string {
	return filepath.Join(filepath.Dir(store.Path()), "exam.lock")
}

// whole asks for a lock on the whole file. It belongs to the open file, not to the
// process, so that this process, too, can see it held: fcntl(2), open file
// description locks.
func whole() *unix.Flock_t { return &unix.Flock_t{Type: unix.F_WRLCK} }

// hold takes the lock of an exam.
func hold(store *progress.Store) (release func() error, err error) {
	if err := os.MkdirAll(filepath.Dir(lockPath(store)), 0o700); err != nil {
		return nil, fmt.Errorf("making the progress folder: %w", err)
	}
	lock, err := os.OpenFile(lockPath(store), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking an exam: %w", err)
	}
	err = unix.FcntlFlock(lock.Fd(), unix.F_OFD_SETLK, whole())
	if err == nil {
		return lock.Close, nil
	}
	lock.Close()
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return nil, ErrUnderWay
	}
	return nil, fmt.Errorf("locking %s: %w", lock.Name(), err)
}

// UnderWay tells whether the learner sits an exam, in whatever process. It asks for
// the lock without taking it.
func UnderWay(store *progress.Store) bool {
	lock, err := os.OpenFile(lockPath(store), os.O_RDWR, 0)
	if err != nil {
		return false // there never was one
	}
	defer lock.Close()
	found := whole()
	err = unix.FcntlFlock(lock.Fd(), unix.F_OFD_GETLK, found)
	return err == nil && found.Type != unix.F_UNLCK
}
