package terminal

import (
	"fmt"
	"os"
)

// Pipes stand between a container without a terminal and the person's. Given the
// terminal itself, the container could reprogram it, and its programs would find
// a terminal where they were told there is none.
type Pipes struct {
	Stdin, Stdout, Stderr *os.File // for the container

	theirs []*os.File // of those, the ends of pipes
	copies *copies
	feed   func() // begins to pass on what is typed
}

// NewPipes returns streams for the container. Those that are no terminal are
// passed on as they are: nothing need be copied. A nil stream stays nil.
func NewPipes(stdin, stdout, stderr *os.File) (*Pipes, error) {
	copies, err := newCopies()
	if err != nil {
		return nil, err
	}
	p := &Pipes{Stdin: stdin, Stdout: stdout, Stderr: stderr, copies: copies, feed: func() {}}
	for _, stream := range []struct {
		file    **os.File
		isInput bool
	}{{&p.Stdin, true}, {&p.Stdout, false}, {&p.Stderr, false}} {
		if *stream.file == nil || !IsTerminal(*stream.file) {
			continue
		}
		if *stream.file, err = p.through(*stream.file, stream.isInput); err != nil {
			p.Started()
			p.Finish()
			return nil, err
		}
	}
	return p, nil
}

// through returns an end of a new pipe whose other end is copied from or to the
// terminal.
func (p *Pipes) through(terminal *os.File, isInput bool) (*os.File, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe: %w", err)
	}
	if isInput {
		p.theirs = append(p.theirs, read)
		p.feed = func() { p.copies.feed(write, terminal, write) }
		return read, nil
	}
	p.theirs = append(p.theirs, write)
	p.copies.drain(terminal, read, read)
	return write, nil
}

// Started lets go of the container's ends, which it has by now: as long as we
// hold one, there is no end of file. What is typed goes to the container from
// here on, and not before.
func (p *Pipes) Started() {
	p.feed()
	for _, file := range p.theirs {
		file.Close()
	}
	p.theirs = nil
}

// Finish waits until all that the container wrote has been printed. The
// container must have ended.
func (p *Pipes) Finish() error { return p.copies.finish() }
