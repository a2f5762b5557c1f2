package engine

import (
	"errors"

	"drydock/mini-docker/engine/plan"
	"drydock/mini-docker/engine/refusal"

	"golang.org/x/sys/unix"
)

// What can be wrong with a request. The texts are Docker's.
var (
	// ErrRunning says that the container must be stopped first.
	ErrRunning = errors.New("container is running")
	// ErrInvalid says that what was asked for cannot be meant, or not be done.
	ErrInvalid = refusal.ErrInvalid
	// ErrNoLimits says that the machine gives us no cgroup in which a container
	// could be limited. It is an ErrInvalid as well.
	ErrNoLimits = plan.ErrNoLimits
)

func invalidf(format string, args ...any) error { return refusal.As(ErrInvalid, format, args...) }

// IsDiskFull says whether an operation failed for want of space.
func IsDiskFull(err error) bool {
	return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT)
}
