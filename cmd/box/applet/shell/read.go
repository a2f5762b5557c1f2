package shell

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// read waits until there is something to read, or Ctrl-C, and leaves the rest
// to the library, whose read(2) on a terminal nothing would end.
func (c *command) read(args []string) error {
	if f, ok := c.hc.Stdin.(*os.File); ok && f != nil && c.s.interactive {
		if err := c.readable(int(f.Fd())); err != nil {
			return err
		}
	}
	return c.hc.Builtin(c.ctx, append([]string{"read"}, args...))
}

// readable waits with poll(2) on two files: the input, and a pipe whose other
// end is closed when the context ends.
func (c *command) readable(fd int) error {
	r, w, err := os.Pipe()
	if err != nil {
		return nil
	}
	defer r.Close()
	stop := context.AfterFunc(c.ctx, func() { w.Close() })
	defer func() {
		if stop() {
			w.Close()
		}
	}()
	wait := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(r.Fd()), Events: unix.POLLIN}}
	for {
		if _, err := unix.Poll(wait, -1); err != unix.EINTR {
			return c.ctx.Err()
		}
	}
}
