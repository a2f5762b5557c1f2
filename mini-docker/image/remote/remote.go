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
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"drydock/mini-docker/image"
)

// Progress is how far a layer is.
type Progress struct {
	Digest   v1.Hash
	State    string
	At, Size int64 // bytes, of so many
}

// What becomes of a layer, in Docker's words.
const (
	Waiting          = "Waiting" // perhaps for another process, which fetches it
	Downloading      = "Downloading"
	DownloadComplete = "Download complete"
	PullComplete     = "Pull complete"
	AlreadyExists    = "Already exists"
	Pushed           = "Pushed"
	Present          = "Layer already exists" // in the registry that is pushed to
)

// Notify is told how far each layer is, by one goroutine at a time.
type Notify func(Progress)

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
	var untrusted *tls.CertificateVerificationError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.As(err, &elsewhere):
		return elsewhere
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		const day = "2006-01-02"
		return fmt.Errorf("registry %s shows a certificate for %s to %s, and this machine's clock says %s: set the clock, or have the registry renew it",
			n.Registry, invalid.Cert.NotBefore.Format(day), invalid.Cert.NotAfter.Format(day), time.Now().Format(day))
	case errors.As(err, &untrusted):
		return fmt.Errorf("registry %s is not trusted: %w: if it is yours, put its authority's certificate into a file ca.crt in %s",
			n.Registry, untrusted.Err, strings.Join(certificateFolders(n.Registry), " or "))
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
		return &DeniedError{Name: n, Why: whyDenied(answer.Request)}
	case http.StatusBadRequest:
		// RFC 6749, 5.2: how a token server refuses a grant.
		if refused := whyDenied(answer.Request); refused == LoginExpired {
			return &DeniedError{Name: n, Why: refused}
		}
	case http.StatusTooManyRequests:
		return fmt.Errorf("registry %s asks to wait: too many requests", n.Registry)
	}
	text := http.StatusText(answer.StatusCode)
	if len(answer.Errors) > 0 {
		text = answer.Errors[0].String()
	}
	return fmt.Errorf("registry %s refuses %s: %s", n.Registry, n.Familiar(), strings.TrimSpace(text))
}

// Denial is why a registry lets somebody not do something, as far as that can be told.
type Denial int

const (
	NoLogin      Denial = iota // nobody was named
	LoginRefused               // a name and a password that it does not take
	LoginExpired               // what the registry gave for them, and takes no more
	NotAllowed                 // it knows who it is
)

// whyDenied tells it from what was sent with the request that was refused: nothing;
// a name and a password; the token that a login left behind, for a new one; or a
// token that had just been given (distribution's spec/auth/token.md, oauth.md).
func whyDenied(asked *http.Request) Denial {
	if asked == nil {
		return NoLogin
	}
	kind, _, _ := strings.Cut(asked.Header.Get("Authorization"), " ")
	switch {
	case asked.Method == http.MethodPost && asked.Header.Get("Content-Type") == "application/x-www-form-urlencoded":
		return LoginExpired
	case strings.EqualFold(kind, "basic"):
		return LoginRefused
	case strings.EqualFold(kind, "bearer"):
		return NotAllowed
	}
	return NoLogin
}

// DeniedError: a registry does not let this person have or write an image.
type DeniedError struct {
	Name image.Name
	Why  Denial
}

func (e *DeniedError) Error() string {
	login := "mini-docker login"
	if e.Name.Registry != image.DefaultRegistry {
		login += " " + e.Name.Registry
	}
	switch e.Why {
	case LoginRefused:
		return fmt.Sprintf("registry %s does not take your name and password: try '%s' again", e.Name.Registry, login)
	case LoginExpired:
		return fmt.Sprintf("your login at registry %s has expired: renew it by '%s'", e.Name.Registry, login)
	case NotAllowed:
		return fmt.Sprintf("access to %s is denied: it does not exist, or you may not do this with it", e.Name.FamiliarRepository())
	}
	return fmt.Sprintf("access to %s is denied: it does not exist, or may require '%s'", e.Name.FamiliarRepository(), login)
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
