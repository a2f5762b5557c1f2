package container

import (
	"errors"

	"drydock/mini-docker/engine/refusal"
)

// What can be wrong with a request. The texts are Docker's.
var (
	// ErrNotExist says that no container has the id or name.
	ErrNotExist = errors.New("No such container")
	// ErrAmbiguous says that several ids begin that way.
	ErrAmbiguous = errors.New("multiple IDs found with provided prefix")
	// ErrNameInUse says that another container has the name.
	ErrNameInUse = errors.New("name is in use")
)

func invalidf(format string, args ...any) error {
	return refusal.As(refusal.ErrInvalid, format, args...)
}
