// Package format marks a folder with the version of what is stored in it, so
// that a program never misreads what another version of it has written.
//
//	err := format.Claim(dir, format.Store{Name: "proofs", Version: 2, Upgrade: upgrade})
//
// An older folder is brought up, a newer one is refused by name. For a store that
// is one file the version belongs into that file: see labs/progress, labs/tree.
package format

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// File holds the mark, one line: the store's name and its version.
const File = "FORMAT"

// Store is what a folder is to hold.
type Store struct {
	Name    string
	Version int

	// Upgrade brings what an older version wrote in dir to this one. 0 is a
	// folder that has no mark.
	Upgrade func(dir string, from int) error
}

// NewerError says that a newer program wrote a folder.
type NewerError struct {
	Dir        string
	Store      string
	Have, Know int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s holds %s in format %d, and this drydock knows %d at most: update it; nothing was changed",
		e.Dir, e.Store, e.Have, e.Know)
}

// Claim makes dir a folder of the store in its present version: it is made where
// there is none. The error is a *NewerError when the folder is from the future.
func Claim(dir string, s Store) error {
	have, err := version(dir, s.Name)
	switch {
	case err != nil:
		return err
	case have > s.Version:
		return &NewerError{Dir: dir, Store: s.Name, Have: have, Know: s.Version}
	case have == s.Version:
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := s.Upgrade(dir, have); err != nil {
		return fmt.Errorf("bringing %s from format %d to %d: %w", dir, have, s.Version, err)
	}
	// Whoever dies before this line begins again, so Upgrade has to bear that.
	mark := filepath.Join(dir, fmt.Sprintf("%s.%d.part", File, os.Getpid()))
	if err := os.WriteFile(mark, fmt.Appendf(nil, "%s %d\n", s.Name, s.Version), 0o644); err != nil {
		return err
	}
	return os.Rename(mark, filepath.Join(dir, File))
}

// version reads the mark of a folder; 0 is a folder without one.
func version(dir, name string) (int, error) {
	text, err := os.ReadFile(filepath.Join(dir, File))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	word, number, _ := strings.Cut(strings.TrimSpace(string(text)), " ")
	have, err := strconv.Atoi(number)
	if word != name || err != nil || have < 1 {
		return 0, fmt.Errorf("%s says %q, not that it holds %s: is it drydock's folder?", filepath.Join(dir, File), text, name)
	}
	return have, nil
}
