package layer

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// What this package does to files it does relative to an open directory, so here
// are plain descriptors where package os would take paths.

// statAt describes what stands at name, itself and not what it may link to.
func statAt(parent int, name string) (*unix.Stat_t, error) {
	var st unix.Stat_t
	err := unix.Fstatat(parent, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	return &st, err
}

// readNames lists the names in a directory that is open for reading.
func readNames(fd int) ([]string, error) {
	var names []string
	buffer := make([]byte, 16<<10)
	for {
		n, err := unix.Getdents(fd, buffer)
		if err != nil || n <= 0 {
			return names, err
		}
		_, _, names = unix.ParseDirent(buffer[:n], -1, names)
	}
}

// writer writes to a descriptor.
type writer int

func (fd writer) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(int(fd), p[written:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return written, err
		}
		written += n
	}
	return written, nil
}

// reader reads from a descriptor until its context ends.
type reader struct {
	ctx context.Context
	fd  int
}

func (r reader) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	for {
		n, err := unix.Read(r.fd, b)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case n == 0 && len(b) > 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func readLink(parent int, name string) (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(parent, name, buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}
