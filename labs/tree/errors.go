package tree

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
)

// What keeps a tree from being made or built, and what to do about it.
var (
	// ErrNoSource: this program was built by hand, not by make.
	ErrNoSource = errors.New("this drydock was built without the source it teaches: build it with `make build`")
	// ErrIncomplete: the tree was deleted, or is of another version, since it
	// was opened.
	ErrIncomplete = errors.New("your tree is missing or not complete: repeat the command, which mends it")
	// ErrNoGo: build labs compile the tree.
	ErrNoGo = errors.New("no Go toolchain: build labs need Go 1.26 or newer in PATH, see https://go.dev/doc/install")
	// ErrNoModules: the tree's dependencies were never downloaded.
	ErrNoModules = errors.New("modules that the source needs are not on this machine, and it cannot reach a network to get them")
	// ErrDiskFull: nothing was lost, since files are replaced, not overwritten.
	ErrDiskFull = errors.New("the disk is full: free some space and repeat; nothing of yours was lost")
)

// GoVersionError reports a Go toolchain that is older than the source needs.
type GoVersionError struct{ Have, Need string }

// Error says how to go on.
func (e *GoVersionError) Error() string {
	return fmt.Sprintf("go %s is too old: the source needs go %s or newer, see https://go.dev/doc/install", e.Have, e.Need)
}

// ForeignError reports a folder that holds something else than a tree.
type ForeignError struct{ Dir string }

// Error says how to go on.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("%s is to hold your copy of the engine, but it has files in it that drydock did not put there: move it away, or set DRYDOCK_HOME to another folder", e.Dir)
}

// GoneError reports a declaration that a lab is about and that is no longer in
// its package.
type GoneError struct{ Address, File, Lab string }

// Error says how to go on.
func (e *GoneError) Error() string {
	return fmt.Sprintf("%s is no longer in %s: write it again, or get the starter back with `drydock reset %s`", e.Address, e.File, e.Lab)
}

// UnknownLabError reports a lab that was not begun in this tree.
type UnknownLabError struct{ Lab string }

// Error says how to go on.
func (e *UnknownLabError) Error() string {
	lesson, _, _ := strings.Cut(e.Lab, "/")
	return fmt.Sprintf("lab %s has not been started: `drydock start %s` does", e.Lab, lesson)
}

// diskFull marks an error that a full disk or quota caused.
func diskFull(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w (%w)", ErrDiskFull, err)
	}
	return err
}
