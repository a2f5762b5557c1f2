package engine

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

// The folder of the containers carries the version of its format, so that a
// program that is older than what it finds does not take it for damage, or damage
// it. The versions:
//
//	1  without a number; a container ends with the program that runs it
//	2  a container has a shim, which leaves its end in the file "exit"
//
// What one of version 1 has written is read as it is: there is nothing to be
// brought up but the number.
const formatVersion = 2

// FormatError refuses containers that a newer program has made.
type FormatError struct {
	Dir     string
	Version string
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("the containers in %s have the format %s, and this program knows formats up to %d: use the newer one that made them, or another --root",
		e.Dir, e.Version, formatVersion)
}

// formatFile stands beside the folder: in it, there are containers only.
func (e *Engine) formatFile() string { return filepath.Join(e.root, "containers.format") }

// checkFormat makes sure that this program knows what it is going to read, and
// writes the number where there is none.
func (e *Engine) checkFormat() error {
	text, err := os.ReadFile(e.formatFile())
	found := strings.TrimSpace(string(text))
	version, notNumber := strconv.Atoi(found)
	switch {
	case err == nil && notNumber == nil && version == formatVersion:
		return nil
	case err == nil && found != "" && (notNumber != nil || version > formatVersion):
		return &FormatError{Dir: e.containers(), Version: found}
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if _, err := os.Lstat(e.root); err != nil {
		return nil // nothing to read, and nothing to write yet
	}
	file := e.formatFile()
	partial := fmt.Sprintf("%s.%d", file, os.Getpid())
	err = os.WriteFile(partial, fmt.Appendf(nil, "%d\n", formatVersion), 0o600)
	if errors.Is(err, unix.EROFS) {
		return nil // what can only be read needs no number of ours
	}
	if err != nil {
		return err
	}
	return os.Rename(partial, file)
}
