package terminal

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Console is the outer end of a container's terminal in our own hands: a Peer.
type Console struct {
	*os.File
	output *copies
}

// OpenConsole begins to print what the container writes to its terminal.
func OpenConsole(console *os.File, out io.Writer) (*Console, error) {
	output, err := newCopies()
	if err != nil {
		return nil, err
	}
	output.drain(out, console)
	return &Console{console, output}, nil
}

// Resize implements Peer; the kernel tells the container.
func (c *Console) Resize(rows, columns uint16) error {
	return unix.IoctlSetWinsize(int(c.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
}

// Close waits until all that was written has been printed. Whoever wrote it must
// have ended.
func (c *Console) Close() error {
	return errors.Join(c.output.finish(), c.File.Close())
}
