// Package socketpair makes two sockets that are connected to each other: one for this
// process, one for a child to inherit, which both end with whoever holds them.
//
//	ours, theirs, err := socketpair.New("setup")
//	command.ExtraFiles = []*os.File{theirs}
package socketpair

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// New makes a pair. See socketpair(2); name is what errors call them.
func New(name string) (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("creating a pair of sockets: %w", err)
	}
	own, theirs := os.NewFile(uintptr(fds[0]), name), os.NewFile(uintptr(fds[1]), name)
	defer own.Close() // FileConn works on a copy
	connection, err := net.FileConn(own)
	if err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return connection.(*net.UnixConn), theirs, nil
}
