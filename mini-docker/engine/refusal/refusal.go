// Package refusal words what is wrong with a request in exactly the words of
// Docker, whose clients match them, and keeps the kind of error that callers ask
// for:
//
//	err := refusal.As(ErrNotExist, "network %s not found", name)
//	errors.Is(err, ErrNotExist) // true, and the text says nothing else
//
// It is for the engine and its parts, not for what goes wrong on the way: that
// wraps its cause with %w.
package refusal

import (
	"errors"
	"fmt"
)

// ErrInvalid says that what was asked for cannot be meant, or not be done.
var ErrInvalid = errors.New("invalid request")

// Invalidf returns an ErrInvalid with a text of its own.
func Invalidf(format string, args ...any) error { return As(ErrInvalid, format, args...) }

// As returns an error of a kind with a text of its own.
func As(kind error, format string, args ...any) error {
	return &worded{fmt.Sprintf(format, args...), kind}
}

type worded struct {
	text string
	kind error
}

func (e *worded) Error() string { return e.text }
func (e *worded) Unwrap() error { return e.kind }
