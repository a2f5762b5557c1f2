// Package terminal connects a person's terminal to that of a container.
//
// A terminal edits lines, echoes what is typed and turns Ctrl-C into a signal.
// The container's terminal does all that for the container, so the person's own
// must stop doing it (raw mode) and hand every byte through; and when it is over
// it must be as it was, however it is over:
//
//	session, err := terminal.Attach(container, os.Stdin, os.Stdout)
//	exit, err := container.Wait() // which prints what it writes
//	err = session.Close()
//
// Should the program be killed in between, the terminal's guard puts it back, for
// which main calls rawterm.MaybeGuard.
//
// What is typed for a container without a terminal is fed to it by Feed. See
// termios(3), pty(7).
package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/rawterm"
)

// IsTerminal says whether the file is a terminal. See isatty(3).
func IsTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// Size returns the terminal's height and width in characters.
func Size(file *os.File) (rows, columns uint16, err error) {
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0, fmt.Errorf("asking for the terminal's size: %w", err)
	}
	return size.Row, size.Col, nil
}

// Peer is the other side: a container, or its terminal.
type Peer interface {
	io.Writer // what is typed
	Resize(rows, columns uint16) error
}

// Session is a connection between two terminals.
type Session struct {
	peer    Peer
	in, out *os.File

	raw   *rawterm.Terminal // in; nil where nothing typed goes there
	feed  *copies
	sizes sync.WaitGroup
	stop  func() // ends the following of sizes
}

// Attach connects the person's terminal with a container's: what is typed goes
// there, and the size. A nil in means that nothing typed does. What the container
// prints, the caller gets to out.
func Attach(peer Peer, in, out *os.File) (*Session, error) {
	s := &Session{peer: peer, in: in, out: out}
	if in != nil {
		raw, err := rawterm.Make(in)
		if err != nil {
			return nil, err
		}
		s.raw = raw
	}
	feed, err := newCopies()
	if err != nil {
		return nil, errors.Join(err, s.restore())
	}
	s.feed = feed
	if in != nil {
		s.feed.feed(peer, in)
	}
	s.followSize()
	return s, nil
}

// Close puts the terminal back. All that the container wrote must have been
// printed by then.
func (s *Session) Close() error {
	s.stop()
	s.sizes.Wait()
	err := s.feed.finish()
	return errors.Join(err, s.restore())
}

// restore puts the terminal back as it was.
func (s *Session) restore() error {
	if s.raw == nil {
		return nil
	}
	return s.raw.Restore()
}

// followSize tells the container's terminal the size of the person's, now and
// whenever it changes (SIGWINCH). The kernel tells the container in turn. After
// having been stopped (SIGCONT) the terminal is made raw again: the shell that
// had it in between has set it to its own liking.
func (s *Session) followSize() {
	events := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(events, unix.SIGWINCH, unix.SIGCONT)
	s.stop = sync.OnceFunc(func() { signal.Stop(events); close(done) })
	s.resize()
	s.sizes.Go(func() {
		for {
			select {
			case event := <-events:
				if event == unix.SIGCONT && s.in != nil {
					s.raw.Again() // fails if there is none any more: then it need not be
				}
				s.resize()
			case <-done:
				return
			}
		}
	})
}

// resize passes the size on. A terminal that has none leaves the container's as
// it is.
func (s *Session) resize() {
	size, err := unix.IoctlGetWinsize(int(s.out.Fd()), unix.TIOCGWINSZ)
	if err == nil && size.Row != 0 {
		s.peer.Resize(size.Row, size.Col) // fails if it is over, which is seen elsewhere
	}
}
