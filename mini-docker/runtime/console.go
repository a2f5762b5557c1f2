package runtime

import (
	"fmt"

	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// openConsole gives the container a terminal of its own: a pair of a
// pseudo-terminal from the container's own /dev/pts, so that inside it has a
// name there. One end becomes the standard streams, the controlling terminal
// and /dev/console; the other end goes to the creator. See pty(7).
func (c *container) openConsole(root *rootfs.Root) error {
	outer, err := root.OpenPath("/dev/pts/ptmx", unix.O_RDWR|unix.O_NOCTTY)
	if err != nil {
		return fmt.Errorf("opening a terminal: %w", err)
	}
	c.console = outer
	if err := unix.IoctlSetPointerInt(int(outer.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		return fmt.Errorf("unlocking the terminal: %w", err)
	}
	// TIOCGPTPEER opens the other end by the descriptor: a name could be
	// redirected by whoever made the image. See ioctl_tty(2).
	inner, _, errno := unix.Syscall(unix.SYS_IOCTL, outer.Fd(), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY)
	if errno != 0 {
		return fmt.Errorf("opening the inner end of the terminal: %w", errno)
	}
	defer unix.Close(int(inner))
	if err := c.sizeConsole(int(outer.Fd())); err != nil {
		return err
	}
	if err := unix.IoctlSetInt(int(inner), unix.TIOCSCTTY, 0); err != nil {
		return fmt.Errorf("taking the terminal as the controlling one: %w", err)
	}
	user := c.spec.Process.User
	if err := unix.Fchown(int(inner), int(user.UID), -1); err != nil {
		return fmt.Errorf("giving the terminal to the user: %w", err)
	}
	for stream := range 3 {
		if err := unix.Dup3(int(inner), stream, 0); err != nil {
			return err
		}
	}
	return c.nameConsole(root, int(inner))
}

// nameConsole makes the terminal of a container's first process its /dev/console.
// Those of further commands have no such name.
func (c *container) nameConsole(root *rootfs.Root, inner int) error {
	if c.entered {
		return nil
	}
	return root.BindFile(fmt.Sprintf("/proc/self/fd/%d", inner), "/dev/console")
}

// sizeConsole sets the window size that config.json asks for.
func (c *container) sizeConsole(fd int) error {
	size := c.spec.Process.ConsoleSize
	if size == nil {
		return nil
	}
	err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ,
		&unix.Winsize{Row: uint16(size.Height), Col: uint16(size.Width)})
	if err != nil {
		return fmt.Errorf("setting the size of the terminal: %w", err)
	}
	return nil
}

// closeConsole lets go of the outer end, which the creator has by now.
func (c *container) closeConsole() {
	if c.console != nil {
		c.console.Close()
	}
}
