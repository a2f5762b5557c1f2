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
	return replaceWith(name, true, bytesOf(content))
}

func bytesOf(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

// replaceWith is replace for content that is not in memory. Without sync the
// file may turn out empty after a power cut, until syncAll is called: hundreds
// of files are written in a tenth of the time that way.
func replaceWith(name string, sync bool, write func(io.Writer) error) (err error) {
	defer func() { err = diskFull(err) }()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(name), ".drydock-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) // renamed away when all went well
	err = write(part)
	if sync {
		err = errors.Join(err, part.Sync())
	}
	// Some file systems find out only when closing that the disk is full.
	err = errors.Join(err, part.Chmod(0o644), part.Close())
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return os.Rename(part.Name(), name)
}

// syncAll waits until all that was written to the file system of dir has
// reached the disk: syncfs(2).
func syncAll(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.Syncfs(int(f.Fd())); err != nil {
		return fmt.Errorf("syncing the file system of %s: %w", dir, diskFull(err))
	}
	return nil
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
