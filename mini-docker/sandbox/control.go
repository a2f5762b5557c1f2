package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"

	"drydock/mini-docker/sandbox/call"
	"drydock/mini-docker/sandbox/private"

	"golang.org/x/sys/unix"
)

// Attach returns the sandbox that listens on a control socket (Spec.Control),
// for Exec. errors.Is ErrEnded if there is none: a socket that nobody answers
// is then removed.
func Attach(control string) (*Sandbox, error) {
	dial := func() (*net.UnixConn, error) { return dialControl(control) }
	connection, err := dial()
	if err != nil {
		return nil, err
	}
	connection.Close()
	return &Sandbox{dial: dial, root: RootInside(false)}, nil
}

// control is a control socket that this process listens on. It is not init's:
// what comes through it is somebody's terminal.
type control struct {
	path     string
	listener *net.UnixListener
}

// listenControl opens a control socket, and takes the place of one that was
// left behind. It returns nil for the empty path.
func listenControl(path string) (*control, error) {
	if path == "" {
		return nil, nil
	}
	// Only the owner may connect: the directory says so, since the permissions
	// of sockets are not heeded everywhere. See unix(7), Pathname socket
	// ownership and permissions.
	if err := private.Dir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("making the directory of the control socket: %w", err)
	}
	connection, err := dialControl(path)
	if err == nil {
		connection.Close()
		return nil, fmt.Errorf("%w: it listens on %s", ErrRunning, path)
	}
	if !errors.Is(err, ErrEnded) {
		return nil, err
	}
	address, done, err := socketAddress(path)
	if err != nil {
		return nil, err
	}
	defer done()
	listener, err := net.ListenUnix("unix", address)
	if err != nil {
		return nil, fmt.Errorf("opening the control socket %s: %w", path, err)
	}
	listener.SetUnlinkOnClose(false) // by then the name may be another's
	if err := os.Chmod(path, 0o600); err != nil {
		listener.Close()
		return nil, err
	}
	return &control{path, listener}, nil
}

// each passes every connection of this user's to the function, until the socket
// is closed.
func (c *control) each(pass func(*os.File)) {
	call.Accept(c.listener, func(connection *net.UnixConn) {
		defer connection.Close()
		if checkPeer(connection) != nil {
			return
		}
		file, err := connection.File()
		if err != nil {
			return
		}
		defer file.Close()
		pass(file)
	})
}

// close stops listening. A nil control is none.
func (c *control) close() error {
	if c == nil {
		return nil
	}
	c.listener.Close()
	return removeStale(c.path)
}

// checkPeer makes sure that a process of this user is at the other end. See
// unix(7), SO_PEERCRED.
func checkPeer(connection *net.UnixConn) error {
	raw, err := connection.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var askErr error
	if err := raw.Control(func(fd uintptr) {
		peer, askErr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED)
	}); err != nil || askErr != nil {
		return errors.Join(err, askErr)
	}
	if int(peer.Uid) != os.Geteuid() {
		return fmt.Errorf("user %d is at the other end of the socket, and you are %d", peer.Uid, os.Geteuid())
	}
	return nil
}

// dialControl connects to a control socket.
func dialControl(path string) (*net.UnixConn, error) {
	address, done, err := socketAddress(path)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := private.Dir(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("connecting to the control socket: %w", err)
	}
	connection, err := net.DialUnix("unix", nil, address)
	switch {
	case errors.Is(err, unix.ECONNREFUSED):
		return nil, errors.Join(fmt.Errorf("%w: nobody answers on %s", ErrEnded, path), os.Remove(path))
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no %s", ErrEnded, path)
	case err != nil:
		return nil, fmt.Errorf("connecting to the control socket %s: %w", path, err)
	}
	if err := checkPeer(connection); err != nil {
		connection.Close()
		return nil, fmt.Errorf("connecting to the control socket %s: %w: remove it", path, err)
	}
	return connection, nil
}

// removeStale removes a control socket unless somebody, a sandbox that was
// started since, answers on it.
func removeStale(path string) error {
	connection, err := dialControl(path)
	if err == nil {
		return connection.Close()
	}
	if errors.Is(err, ErrEnded) {
		return nil
	}
	return err
}

// socketAddress names a socket by way of a descriptor of its directory: an
// address holds 107 bytes at most, which a path may exceed. See unix(7).
func socketAddress(path string) (*net.UnixAddr, func() error, error) {
	dir, err := os.OpenFile(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%w: there is no %s", ErrEnded, path)
	}
	if err != nil {
		return nil, nil, err
	}
	name := fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	return &net.UnixAddr{Name: name, Net: "unix"}, dir.Close, nil
}
