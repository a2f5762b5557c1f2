package terminal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// copies are goroutines that copy between files until they are told to finish.
// They wait with poll(2), so that one that waits for a key which nobody presses
// can be told.
type copies struct {
	stop, stopper *os.File // a pipe: stop is readable once stopper is closed
	running       sync.WaitGroup
	mutex         sync.Mutex
	errs          []error
}

func newCopies() (*copies, error) {
	stop, stopper, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("opening a pipe: %w", err)
	}
	return &copies{stop: stop, stopper: stopper}, nil
}

// lastWords is how long finish waits for more output after the container's end,
// in milliseconds. All that it wrote is there already; the end of file, which
// says so, stays out only if a process that outlived it holds on to the stream.
const lastWords = 100

// drain copies what the container writes: all of it, its last words included.
// What is in whenDone is closed then.
func (c *copies) drain(to io.Writer, from *os.File, whenDone ...io.Closer) {
	c.running.Go(func() { c.note(c.copy(to, from, lastWords), whenDone) })
}

// feed copies what is typed, until finish, at which it lets go of the input
// although there may be more: that is for whoever reads next.
func (c *copies) feed(to io.Writer, from *os.File, whenDone ...io.Closer) {
	c.running.Go(func() { c.note(c.copy(to, from, 0), whenDone) })
}

// finish waits until the output has been copied.
func (c *copies) finish() error {
	c.stopper.Close()
	c.running.Wait()
	c.stop.Close()
	return errors.Join(c.errs...)
}

func (c *copies) note(err error, whenDone []io.Closer) {
	for _, each := range whenDone {
		each.Close()
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.errs = append(c.errs, err)
}

// copy copies until the end of the file. When it is told to stop it goes on for
// as long as there is something within grace milliseconds; with 0 it ends.
func (c *copies) copy(to io.Writer, from *os.File, grace int) error {
	buffer := make([]byte, 32<<10)
	fds := []unix.PollFd{
		{Fd: int32(from.Fd()), Events: unix.POLLIN},
		{Fd: int32(c.stop.Fd()), Events: unix.POLLIN},
	}
	for timeout := -1; ; {
		ready, err := unix.Poll(fds, timeout)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("waiting for input: %w", err)
		}
		if fds[1].Revents != 0 {
			if grace == 0 {
				return nil
			}
			timeout, fds[1].Fd = grace, -1 // poll passes over it now
		} else if ready == 0 {
			return nil
		}
		if fds[0].Revents == 0 {
			continue
		}
		n, err := unix.Read(int(fds[0].Fd), buffer)
		switch {
		case err == unix.EINTR || err == unix.EAGAIN:
			continue
		case n <= 0: // the end; a terminal that has been hung up says EIO
			return nil
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return c.writeFailed(err, from, grace)
		}
	}
}

// writeFailed decides what it means that what was read cannot be passed on. A
// container that does not read its input any more is no error. If nobody reads
// its output, it must not notice by standing still: the rest is dropped.
func (c *copies) writeFailed(err error, from *os.File, grace int) error {
	if grace == 0 {
		return nil
	}
	return errors.Join(fmt.Errorf("passing on the container's output: %w", err), c.copy(io.Discard, from, grace))
}
