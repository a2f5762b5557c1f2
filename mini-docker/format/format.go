// Package format has each store on the disk carry the version of its format, so
// that a program that is older than what it finds does not take it for damage, or
// damage it.
//
//	err := format.Check(format.Store{What: "volumes", Dir: dir, Version: 1})
//
// The number stands in a file beside the store's folder, DIR.format: in the folder
// there are the things it keeps and nothing else. What to do about an older format
// is the store's own affair.
package format

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Store is a folder of things, and the newest format of theirs that this program
// knows.
type Store struct {
	What    string // the things, as messages name them
	Dir     string
	Version int
}

// Error refuses what a newer program has made.
type Error struct {
	Store Store
	Found string
}

func (e *Error) Error() string {
	return fmt.Sprintf("the %s in %s have the format %s, and this program knows formats up to %d: use the newer one that made them, or another --root",
		e.Store.What, e.Store.Dir, e.Found, e.Store.Version)
}

// Check makes sure that this program knows what it is going to read, and writes the
// number where there is none. Where not even the folder above is, there is nothing
// to read, and nothing to write yet.
func Check(s Store) error {
	file := s.Dir + ".format"
	text, err := os.ReadFile(file)
	found := strings.TrimSpace(string(text))
	version, notNumber := strconv.Atoi(found)
	switch {
	case err == nil && notNumber == nil && version == s.Version:
		return nil
	case err == nil && found != "" && (notNumber != nil || version > s.Version):
		return &Error{s, found}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := os.Lstat(filepath.Dir(s.Dir)); err != nil {
		return nil
	}
	partial := fmt.Sprintf("%s.%d", file, os.Getpid())
	err = os.WriteFile(partial, fmt.Appendf(nil, "%d\n", s.Version), 0o600)
	if errors.Is(err, unix.EROFS) {
		return nil // what can only be read needs no number of ours
	}
	if err != nil {
		return err
	}
	return os.Rename(partial, file)
}
