package terminal

import (
	"fmt"
	"os"
)

// Pipes stand between the streams of a command and the caller's own. Given the
// caller's files, a command could write to what it was to read; given the
// terminal, it could reprogram it.
type Pipes struct {
	Stdin, Stdout, Stderr *os.File // for the command

	copies *copies
	feed   func() // begins to pass on what is typed
}

// NewPipes returns streams for a command. A nil stream stays nil.
func NewPipes(stdin, stdout, stderr *os.File) (*Pipes, error) {
	copies, err := newCopies()
	if err != nil {
		return nil, err
	}
	p := &Pipes{copies: copies, feed: func() {}}
	for _, stream := range []struct {
		inner **os.File
		outer *os.File
	}{{&p.Stdin, stdin}, {&p.Stdout, stdout}, {&p.Stderr, stderr}} {
		if stream.outer == nil {
			continue
		}
		read, write, err := os.Pipe()
		if err != nil {
			p.Started()
			p.Finish()
			return nil, fmt.Errorf("opening a pipe: %w", err)
		}
		if stream.inner == &p.Stdin {
			p.Stdin, p.feed = read, func() { copies.feed(write, stdin, write) }
			continue
		}
		*stream.inner = write
		copies.drain(stream.outer, read, read)
	}
	return p, nil
}

// Started lets go of the command's ends, which it has by now: as long as we hold
// one, there is no end of file. What is typed goes to the command from here on,
// and not before.
func (p *Pipes) Started() {
	p.feed()
	for _, each := range []*os.File{p.Stdin, p.Stdout, p.Stderr} {
		each.Close() // of nil: an error, and no more
	}
}

// Finish waits until all that the command wrote has been passed on. It must have
// ended.
func (p *Pipes) Finish() error { return p.copies.finish() }
