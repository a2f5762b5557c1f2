package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// lines reads what is typed, a line at a time, and can be called off: a read
// from a terminal cannot, so it is not begun before there is something to read.
type lines struct {
	in     *os.File
	wake   *os.File // readable once the context has ended
	buffer *bufio.Reader
	close  func()
}

// newLines prepares to read until ctx ends. The caller closes it.
func newLines(ctx context.Context, in *os.File) (*lines, error) {
	wake, ended, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("preparing to read answers: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { ended.Close() })
	l := &lines{in: in, wake: wake, close: func() {
		if stop() {
			ended.Close()
		}
		wake.Close()
	}}
	l.buffer = bufio.NewReader(l)
	return l, nil
}

// Read waits for input, or for the context's end, which is like the input's.
func (l *lines) Read(p []byte) (int, error) {
	fds := []unix.PollFd{{Fd: int32(l.in.Fd()), Events: unix.POLLIN}, {Fd: int32(l.wake.Fd()), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("waiting for an answer: %w", err)
		}
		if fds[1].Revents != 0 {
			return 0, io.EOF
		}
		return l.in.Read(p)
	}
}

// next returns a line without its end. The last line needs no newline.
func (l *lines) next() (string, error) {
	line, err := l.buffer.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}
