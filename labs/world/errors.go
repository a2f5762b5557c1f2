package world

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// explain adds to an error what a person can do about it, where that is known.
func explain(err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("%w: the disk is full; make room and run the command again, nothing is lost", err)
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("%w: the disk is mounted read-only; XDG_CACHE_HOME can name another place", err)
	}
	return err
}
