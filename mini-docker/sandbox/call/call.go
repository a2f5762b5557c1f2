// Package call lets one process run something for another, with the other's own
// standard streams: not copies of what flows through them but the open files
// themselves, a terminal included.
//
// A sandbox uses it in both directions: Exec asks the sandbox's init to run a
// command inside, and a program inside asks the process outside (Ask). The
// streams travel over a unix socket as SCM_RIGHTS, see unix(7). One connection
// is one call:
//
//	caller                                    server
//	   │ ── one byte, with three descriptors ──▶ │
//	   │ ── Request ───────────────────────────▶ │  runs it
//	   │ ◀────────────────────────────── Reply ─ │
//
// The caller's end of file, by will or by death, ends the call's context on the
// server's side.
package call

import (
	"errors"
	"net/netip"
	"os"
)

// ErrHungUp says that the server went away without an answer.
var ErrHungUp = errors.New("the other side ended without an answer")

// Request says what to run.
type Request struct {
	Args []string
	Env  []string `json:",omitempty"` // KEY=VALUE
	Dir  string   `json:",omitempty"` // working directory, as the caller names it

	// Dial asks for something else: a connection of Stdin, a socket, with this TCP
	// address.
	Dial string `json:",omitempty"`

	// Published asks for something else too: to have Stdout told which ports are
	// published, a line with a JSON array of Port now and after each change.
	Published bool `json:",omitempty"`

	Stdin, Stdout, Stderr *os.File `json:"-"` // nil is /dev/null
}

// Port is a port that is published inside.
type Port struct {
	Protocol string
	Address  netip.Addr // invalid, or 0.0.0.0, for every address
	Number   uint16
}

// Reply tells how it went.
type Reply struct {
	Exit  int    // 0..255, 128+n when signal n ended it
	Error string `json:",omitempty"` // why it could not be run
	Kind  string `json:",omitempty"` // which error it is, in the terms of the two sides
}
