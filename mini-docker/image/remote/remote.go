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
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
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

// options are what all requests have in common. Who may do what is taken from
// Docker's own file, ~/.docker/config.json.
func options(ctx context.Context) []remote.Option {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.DialContext = (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	base.ResponseHeaderTimeout = time.Minute
	return []remote.Option{
		remote.WithContext(ctx),
		remote.WithTransport(plainOnlyAtHome{base}),
		remote.WithAuthFromKeychain(authn.DefaultKeychain),
		remote.WithUserAgent("mini-docker"),
		remote.WithRetryBackoff(remote.Backoff{Duration: 200 * time.Millisecond, Factor: 3, Steps: 3}),
	}
}

// plainOnlyAtHome refuses unencrypted requests to any machine but this one, as
// Docker does. The library would allow them to private networks too.
type plainOnlyAtHome struct{ base http.RoundTripper }

func (p plainOnlyAtHome) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "http" && !isLoopback(r.URL.Hostname()) {
		return nil, fmt.Errorf("%s speaks plain HTTP, which is for registries on this machine alone", r.URL.Host)
	}
	return p.base.RoundTrip(r)
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}

// explain words an error of the library in one line, with what it means.
func explain(n image.Name, err error) error {
	var answer *transport.Error
	var dns *net.DNSError
	var number syscall.Errno
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &answer):
		return explainAnswer(n, answer)
	case errors.As(err, &dns):
		return &UnreachableError{n.Registry, "its name cannot be resolved"}
	case errors.As(err, &number):
		return &UnreachableError{n.Registry, number.Error()}
	case errors.As(err, &timeout) && timeout.Timeout():
		return &UnreachableError{n.Registry, "it does not answer"}
	}
	return fmt.Errorf("%s: %w", n.Familiar(), err)
}

func explainAnswer(n image.Name, answer *transport.Error) error {
	switch answer.StatusCode {
	case http.StatusNotFound:
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
