// Package remote brings images from a registry into a store, and back (OCI
// distribution-spec). go-containerregistry speaks the protocol; here is what is
// asked of it: this machine's image of several, blobs streamed into an intake,
// each digest verified, and one line for what went wrong.
//
// It links net/http, so it is for commands and not for packages on the path of a
// container's start to lean on.
package remote

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"drydock/mini-docker/image"
)

// Notify is told what becomes of each blob: "Already exists", "Pull complete" …
type Notify func(digest, state string, size int64)

// reference translates a name for the library.
func reference(n image.Name) (name.Reference, error) {
	ref, err := name.ParseReference(n.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.Familiar(), err)
	}
	return ref, nil
}

// explain words an error of the library in one line, with what it means.
func explain(n image.Name, err error) error {
	var answer *transport.Error
	var elsewhere *noMatchError
	var stalled *stalledError
	var dns *net.DNSError
	var unreachable *net.OpError
	var number syscall.Errno
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &elsewhere):
		return elsewhere
	case errors.As(err, &answer):
		return explainAnswer(n, answer)
	case errors.As(err, &stalled):
		return &UnreachableError{n.Registry, stalled.Error()}
	case errors.As(err, &dns):
		return &UnreachableError{n.Registry, "its name cannot be resolved"}
	case errors.As(err, &unreachable) && errors.As(err, &number):
		return &UnreachableError{n.Registry, number.Error()}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &UnreachableError{n.Registry, "it does not answer"}
	}
	return fmt.Errorf("%s: %w", n.Familiar(), err)
}

func explainAnswer(n image.Name, answer *transport.Error) error {
	switch answer.StatusCode {
	case http.StatusNotFound:
		if asked := answer.Request; asked != nil && strings.Contains(asked.URL.Path, "/blobs/") {
			return fmt.Errorf("registry %s has lost a part of %s: %s", n.Registry, n.Familiar(), path.Base(asked.URL.Path))
		}
		return &MissingError{n.Familiar()}
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("access to %s is denied: it does not exist, or wants a login (~/.docker/config.json)", n.FamiliarRepository())
	case http.StatusTooManyRequests:
		return fmt.Errorf("registry %s asks to wait: too many requests", n.Registry)
	}
	text := http.StatusText(answer.StatusCode)
	if len(answer.Errors) > 0 {
		text = answer.Errors[0].String()
	}
	return fmt.Errorf("registry %s refuses %s: %s", n.Registry, n.Familiar(), strings.TrimSpace(text))
}

// UnreachableError: a registry is down, or this machine is not connected.
type UnreachableError struct{ Registry, Reason string }

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("registry %s cannot be reached: %s", e.Registry, e.Reason)
}

// MissingError: a registry has no such image.
type MissingError struct{ Name string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("manifest for %s not found: manifest unknown", e.Name)
}
