package logs

import (
	"context"
	"fmt"
	"io/fs"

	"golang.org/x/sys/unix"
)

// changes tells when something happens in a folder. See inotify(7).
type changes struct{ fd int }

func watch(folder string) (*changes, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("watching the container's log: %w", err)
	}
	const events = unix.IN_MODIFY | unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_DELETE_SELF | unix.IN_MOVE_SELF
	if _, err := unix.InotifyAddWatch(fd, folder, events); err != nil {
		unix.Close(fd)
		return nil, &fs.PathError{Op: "watching", Path: folder, Err: err}
	}
	return &changes{fd}, nil
}

func (c *changes) close() { unix.Close(c.fd) }

// longest is how long, in milliseconds, a change may go unnoticed of which nobody
// tells: that a shim was killed, and that ctx has ended.
const longest = 200

// wait waits until something has happened, or may have.
func (c *changes) wait(ctx context.Context) error {
	poll := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
	if _, err := unix.Poll(poll, longest); err != nil && err != unix.EINTR {
		return err
	}
	var events [16 << 10]byte
	unix.Read(c.fd, events[:]) // what they say is plain to see
	return ctx.Err()
}
