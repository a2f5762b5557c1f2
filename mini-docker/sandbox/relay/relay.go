// Package relay joins two connections: what one says the other hears.
//
//	err := relay.Join(inside, outside)
//
// It is how something reaches a server in another network namespace without
// being there: at each side of the border stands a process with a socket of its
// own side, and between them is a pair of sockets that belongs to neither
// network. A socket of the host's handed across instead could be connected anew,
// from inside, to anywhere: see connect(2), AF_UNSPEC.
package relay

import (
	"io"
	"net"
)

// Conn is a connection one direction of which can end before the other: TCP's and
// Unix's.
type Conn interface {
	net.Conn
	CloseWrite() error
}

// Join passes on what comes in at either connection to the other one until both
// directions have ended, and closes both.
func Join(a, b Conn) {
	defer a.Close()
	defer b.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		pass(a, b)
	}()
	pass(b, a)
	<-done
}

// pass copies one direction. Its end is passed on too; when nobody reads any more
// at one side, the other must not go on writing.
func pass(to, from Conn) {
	if _, err := io.Copy(to, from); err != nil {
		_, _ = from.Close(), to.Close() // one that broke: both sides hear of it, who waits for an answer as well
		return
	}
	_ = to.CloseWrite() // fails when it is closed already
}
