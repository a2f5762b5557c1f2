package tree

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// replace writes a file at once: whoever reads it, also after a crash or on a
// full disk, finds the old content or the new one. The folder is made.
func replace(name string, content []byte) error {
	return replaceWith(name, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// replaceWith is replace for content that is not in memory.
func replaceWith(name string, write func(io.Writer) error) (err error) {
	defer func() { err = diskFull(err) }()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(name), ".drydock-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // renamed away when all went well
	// Some file systems find out only here that the disk is full.
	err = errors.Join(write(part), part.Sync(), part.Chmod(0o644), part.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return os.Rename(part.Name(), name)
}

// locked runs do while no other program changes this tree: flock(2) on a file
// that is never replaced. The kernel drops the lock when its holder dies.
func (t *Tree) locked(do func() error) error {
	if err := os.MkdirAll(t.c.Work, 0o755); err != nil {
		return fmt.Errorf("making the folder for your work: %w", diskFull(err))
	}
	lock, err := os.OpenFile(filepath.Join(t.c.Work, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("locking your work: %w", diskFull(err))
	}
	defer lock.Close() // and with it the lock
	for {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX)
		if err == nil {
			return do()
		}
		if !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("locking %s: %w", lock.Name(), err)
		}
	}
}
