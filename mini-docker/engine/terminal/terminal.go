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
// Should the program be killed in between, a guard, a process of its own, puts
// the terminal back (guard.go); so main calls MaybeGuard.
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

	guard *guard
	raw   unix.Termios // what in was set to
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
		if err := s.makeRaw(); err != nil {
			return nil, err
		}
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

// makeRaw switches off all that the terminal does by itself. The flags are those
// of cfmakeraw(3).
func (s *Session) makeRaw() error {
	cooked, err := unix.IoctlGetTermios(int(s.in.Fd()), unix.TCGETS)
	if err != nil {
		return fmt.Errorf("asking how the terminal is set: %w", err)
	}
	s.raw = *cooked
	s.raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP |
		unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	s.raw.Oflag &^= unix.OPOST
	s.raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	s.raw.Cflag = s.raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	s.raw.Cc[unix.VMIN], s.raw.Cc[unix.VTIME] = 1, 0

	if s.guard, err = startGuard(s.in, *cooked, s.raw); err != nil {
		return err
	}
	if err := setTermios(s.in, &s.raw); err != nil {
		return errors.Join(err, s.restore())
	}
	return nil
}

// restore puts the terminal back as it was and dismisses the guard.
func (s *Session) restore() error {
	if s.guard == nil {
		return nil
	}
	err := setTermios(s.in, &s.guard.Cooked)
	return errors.Join(err, s.guard.dismiss())
}

// setTermios waits for output to be printed first (TCSETSW), so that nothing is
// printed by other rules than it was written under.
func setTermios(file *os.File, termios *unix.Termios) error {
	if err := unix.IoctlSetTermios(int(file.Fd()), unix.TCSETSW, termios); err != nil {
		return fmt.Errorf("setting the terminal: %w", err)
	}
	return nil
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
					setTermios(s.in, &s.raw) // fails if there is none any more: then it need not be
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
