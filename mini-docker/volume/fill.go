package volume

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Fill puts the first files into a volume, if it is empty. fill makes a folder of
// the name it is given, with all that is to be in it and with the owner and the
// mode that the volume is to have; if it makes none, the volume stays as it is.
//
// users says who uses the volume besides the caller. Is it nobody, the whole folder
// comes into the place of the empty one at one stroke. Somebody else may have the
// empty one mounted, or be about to: then, as Docker does, the volume is filled all
// the same, but where it is, and what is put there in the meantime stays (see
// Merge). If the caller is killed in the middle of that, some files are missing and
// the volume is not filled again.
//
// If fill fails, or the caller is killed before it is done, the volume is as it
// was; the next one who comes here removes what was made so far. Whoever is going
// to use a volume is to come here first, and to say before that that they use it:
// they wait here for who fills it.
func (s *Store) Fill(name string, fill func(dir string) error, users func() ([]string, error)) error {
	unlock, err := s.lock(s.of(name))
	if err != nil {
		return err
	}
	defer unlock()
	if err := s.o.RemoveAll(s.filling(name)); err != nil { // what somebody left who was killed
		return err
	}
	if empty, err := isEmpty(s.Mountpoint(name)); err != nil || !empty {
		return err
	}
	err = fill(s.filling(name))
	if err == nil {
		err = s.settle(name, users)
	}
	return errors.Join(err, s.o.RemoveAll(s.filling(name)))
}

// settle makes the files that were made beside the volume the volume's.
func (s *Store) settle(name string, users func() ([]string, error)) error {
	if _, err := os.Lstat(s.filling(name)); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	others, err := users()
	if err != nil {
		return err
	}
	if len(others) == 0 {
		// Not os.Rename, which replaces no folder, not even an empty one.
		err := unix.Rename(s.filling(name), s.Mountpoint(name))
		if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) {
			return nil // it is empty no more
		}
		return err
	}
	if empty, err := isEmpty(s.Mountpoint(name)); err != nil || !empty {
		return err
	}
	return s.o.Merge(s.filling(name), s.Mountpoint(name))
}

// Merge moves what is in one folder into another, which gets the owner and the mode
// of the first and stays the folder it is: who has it mounted sees the files. Those
// that the other has already are left alone.
func Merge(from, dir string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	// The owner first: a change of it takes set-id bits away.
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Lchown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
		return err
	}
	if err := os.Chmod(dir, info.Mode()); err != nil {
		return err
	}
	for _, entry := range entries {
		old, here := filepath.Join(from, entry.Name()), filepath.Join(dir, entry.Name())
		err := unix.Renameat2(unix.AT_FDCWD, old, unix.AT_FDCWD, here, unix.RENAME_NOREPLACE)
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("moving %s to %s: %w", old, here, err)
		}
	}
	return nil
}

// isEmpty says whether a folder has nothing in it. One that its volume's owner may
// not read belongs to a user of the container's: it was filled before.
func isEmpty(dir string) (bool, error) {
	opened, err := os.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer opened.Close()
	_, err = opened.Readdirnames(1)
	if errors.Is(err, io.EOF) {
		return true, nil
	}
	return false, err
}
