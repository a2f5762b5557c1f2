// Package console types a lesson's console blocks into a real shell, one
// command at a time, and compares what it prints with what the lesson shows.
//
// The shell reads its commands from a pipe. After each command the runner
// writes another one that prints an end marker with the exit status. A shell
// does not read ahead of the command it runs, so when a command starts a
// second shell (`unshare --uts sh`), it is that one which reads the marker
// and all that follows, just as a learner's typing would reach it.
package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// An Exec runs /bin/sh somewhere, with the two files as its standard input
// and as both of its outputs, until it ends.
type Exec func(ctx context.Context, stdin, output *os.File) error

// A Shell is a running /bin/sh to which commands are typed.
type Shell struct {
	stdin  *os.File
	output *os.File // the reading end
	cancel context.CancelFunc
	ended  chan error // what Exec returned, once
	within time.Duration
	typed  int // commands so far: makes each marker unique

	mu    sync.Mutex
	out   bytes.Buffer  // what was printed and not yet taken
	more  chan struct{} // holds a token when out has grown or ended
	eof   bool
	reads sync.WaitGroup
}

// Open starts a shell. Each command may take as long as within.
func Open(ctx context.Context, exec Exec, within time.Duration) (*Shell, error) {
	inRead, inWrite, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening the shell's input: %w", err)
	}
	outRead, outWrite, err := os.Pipe()
	if err != nil {
		inRead.Close()
		inWrite.Close()
		return nil, fmt.Errorf("opening the shell's output: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Shell{
		stdin: inWrite, output: outRead, cancel: cancel, within: within,
		ended: make(chan error, 1), more: make(chan struct{}, 1),
	}
	s.reads.Go(func() { s.read(outRead) })
	s.reads.Go(func() {
		err := exec(ctx, inRead, outWrite)
		inRead.Close()
		outWrite.Close()
		s.ended <- err
	})
	return s, nil
}

// Close ends the shell. What it started in the background is its sandbox's to
// end.
func (s *Shell) Close() error {
	s.stdin.Close()
	s.cancel()
	err := <-s.ended
	// What the shell left in the background may hold the writing end for ever.
	s.output.Close()
	s.reads.Wait()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// read collects the shell's output until nobody holds its other end.
func (s *Shell) read(r *os.File) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		s.mu.Lock()
		s.out.Write(buf[:n])
		s.eof = err != nil
		s.mu.Unlock()
		select {
		case s.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// A Result is what one command did.
type Result struct {
	Output []string
	Status int
}

// Run types a command and returns what was printed until it ended. The error
// says which command did not end in time, or ended the shell itself.
func (s *Shell) Run(ctx context.Context, command string) (Result, error) {
	s.typed++
	marker := fmt.Sprintf("<end of command %d: ", s.typed)
	// The last part gives the status back, for the next command may be the
	// learner's `echo $?`. The quotes keep the marker itself out of any
	// output that echoes this line.
	line := fmt.Sprintf("%s\n__=$?; echo '%s'\"$__>\"; (exit $__)\n", command, marker)
	if _, err := s.stdin.WriteString(line); err != nil {
		return Result{}, fmt.Errorf("typing %q: the shell has ended", command)
	}
	deadline, cancel := context.WithTimeout(ctx, s.within)
	defer cancel()
	for {
		r, done, err := s.take(marker)
		if done || err != nil {
			return r, err
		}
		select {
		case <-s.more:
		case <-deadline.Done():
			if ctx.Err() != nil {
				return Result{}, ctx.Err()
			}
			return Result{}, fmt.Errorf("%q hung: no end after %s; it printed %q", command, s.within, s.printed())
		}
	}
}

// take removes the output up to marker, once that is there.
func (s *Shell) take(marker string) (r Result, done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	output, after, found := strings.Cut(s.out.String(), marker)
	status, rest, closed := strings.Cut(after, ">\n")
	if !found || !closed {
		if s.eof {
			return r, false, s.end()
		}
		return r, false, nil
	}
	s.out.Reset()
	s.out.WriteString(rest)
	if r.Status, err = strconv.Atoi(status); err != nil {
		return r, false, fmt.Errorf("reading exit status %q: %w", status, err)
	}
	if output = strings.TrimSuffix(output, "\n"); output != "" {
		r.Output = strings.Split(output, "\n")
	}
	return r, true, nil
}

// end says how the shell ended, of which its output is only a sign.
func (s *Shell) end() error {
	err := <-s.ended
	s.ended <- err // for Close
	if err != nil {
		return fmt.Errorf("the shell ended: %w", err)
	}
	return fmt.Errorf("the shell ended; it printed %q", s.out.String())
}

func (s *Shell) printed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}
