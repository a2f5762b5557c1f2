package main

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"
)

// receiver is a container that remembers what it was sent.
type receiver struct{ got chan unix.Signal }

func (r receiver) Signal(signal unix.Signal) error {
	r.got <- signal
	return nil
}

func TestAllSignalsButOurOwnArePassedOn(t *testing.T) {
	var printed bytes.Buffer
	ctx, s := catchSignals(t.Context(), &printed, true)
	defer s.end()
	running := receiver{make(chan unix.Signal, 64)}
	s.follow(running)
	// What is not caught yet would end this program, or be lost: the first is
	// caught from the start, and tells when the rest is.
	sent := []unix.Signal{unix.SIGHUP, unix.SIGHUP, unix.SIGHUP, unix.SIGHUP, unix.SIGQUIT, unix.SIGQUIT, unix.SIGQUIT,
		unix.SIGWINCH, unix.SIGUSR1, unix.Signal(37), unix.Signal(64), unix.SIGTSTP, unix.SIGTERM, unix.SIGTERM}
	for _, each := range sent {
		s.received <- each
		if got := <-running.got; got != each {
			t.Fatalf("got %v passed on, want %v", got, each)
		}
	}
	for _, each := range []unix.Signal{unix.SIGCHLD, unix.SIGPIPE, unix.SIGURG, unix.SIGCONT} {
		s.received <- each
	}
	if got := <-running.got; got != unix.SIGCONT {
		t.Errorf("got %v passed on, which is our own", got)
	}
	if ctx.Err() != nil || printed.Len() > 0 {
		t.Fatalf("the container was left: %q", &printed)
	}
	s.received <- unix.SIGINT // the third of TERM and INT
	<-ctx.Done()
	if s.statusOr(0) != 128+int(unix.SIGINT) || !bytes.Contains(printed.Bytes(), []byte("got 3 SIGTERM/SIGINTs")) {
		t.Errorf("got status %d, %q", s.statusOr(0), &printed)
	}
}
