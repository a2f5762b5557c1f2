package life

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"

	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// ErrNoShim says that the container has no shim: it does not run.
var ErrNoShim = errors.New("the container does not run")

// ErrCutOff says that the shim ended the connection while the container ran on:
// whoever attaches and does not read is let go.
var ErrCutOff = errors.New("the connection to the container was lost: its output was not read fast enough, or its shim was killed")

// Connection is a conversation with a container's shim.
type Connection struct {
	socket  *net.UnixConn
	writing sync.Mutex

	out, err io.Writer // where its output goes

	over   chan struct{} // closed when the shim has said how it ended, or hung up
	exit   int           // valid then
	lost   error         // valid then; nil if it was said
	failed error         // valid then: the first error of a writer
}

// Dial connects to the shim of a container by the container's folder. The error
// is ErrNoShim where there is none.
func Dial(folder string) (*Connection, error) {
	// By way of a descriptor: an address holds 107 bytes at most, unix(7).
	dir, err := os.Open(folder)
	if err != nil {
		return nil, ErrNoShim
	}
	defer dir.Close()
	name := filepath.Join(fmt.Sprintf("/proc/self/fd/%d", dir.Fd()), wire.SocketName)
	socket, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: name, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoShim, err)
	}
	return newConnection(socket), nil
}

func newConnection(socket *net.UnixConn) *Connection {
	return &Connection{socket: socket, out: io.Discard, err: io.Discard, over: make(chan struct{})}
}

// Attach asks for the container's output from here on. What it writes to its
// terminal goes to out.
func (c *Connection) Attach(out, err io.Writer) error {
	c.out, c.err = out, err
	return c.send(wire.Attach, nil)
}

// Listen begins to take what the shim says. Until then nothing is lost, and
// nobody need be asked: that is for Wait.
func (c *Connection) Listen() { go c.listen() }

// Write sends the container input.
func (c *Connection) Write(text []byte) (n int, err error) {
	for n < len(text) {
		part := text[n:min(len(text), n+32<<10)]
		if err := c.send(wire.Input, part); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// CloseInput ends the container's input, if it is no terminal.
func (c *Connection) CloseInput() error { return c.send(wire.EndOfInput, nil) }

// Resize sets the size of the container's terminal, in characters.
func (c *Connection) Resize(rows, columns uint16) error {
	return c.send(wire.Resize, []byte{byte(rows >> 8), byte(rows), byte(columns >> 8), byte(columns)})
}

// Over is closed when the container has ended, or the connection has.
func (c *Connection) Over() <-chan struct{} { return c.over }

// Wait waits for the container's end and returns its exit status: 128+n says that
// signal n ended it. All that it wrote has been passed on by then. The error is
// ErrCutOff if the connection ended first.
func (c *Connection) Wait() (exit int, err error) {
	<-c.over
	return c.exit, c.lost
}

// OutputError is what went wrong with passing on the output, once Wait has
// returned. The rest was dropped: the container must not notice by standing still
// that nobody reads any more.
func (c *Connection) OutputError() error { return c.failed }

// Close ends the connection. The container goes on.
func (c *Connection) Close() error { return c.socket.Close() }

func (c *Connection) send(kind byte, content []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.socket.Write(wire.Append(make([]byte, 0, wire.HeaderBytes+len(content)), kind, content))
	return err
}

// listen takes frames until the last.
func (c *Connection) listen() {
	defer close(c.over)
	buffer := make([]byte, wire.MaxBytes)
	for {
		kind, content, err := c.receive(buffer)
		if err != nil {
			c.lost = ErrCutOff
			return
		}
		switch kind {
		case wire.Out:
			c.pass(&c.out, content)
		case wire.Err:
			c.pass(&c.err, content)
		case wire.Exited:
			result, ok := wire.DecodeResult(content)
			if !ok {
				c.lost = fmt.Errorf("the shim said something unknown of the container's end")
			}
			c.exit = int(result.Number)
			return
		}
	}
}

// receive reads one frame.
func (c *Connection) receive(buffer []byte) (kind byte, content []byte, err error) {
	if _, err := io.ReadFull(c.socket, buffer[:wire.HeaderBytes]); err != nil {
		return 0, nil, err
	}
	kind, length, ok := wire.Header(buffer)
	if !ok || length > len(buffer) {
		return 0, nil, errors.New("the shim speaks another language")
	}
	_, err = io.ReadFull(c.socket, buffer[:length])
	return kind, buffer[:length], err
}

func (c *Connection) pass(to *io.Writer, text []byte) {
	if _, err := (*to).Write(text); err != nil {
		c.failed = errors.Join(c.failed, fmt.Errorf("passing on the container's output: %w", err))
		*to = io.Discard
		if errors.Is(err, unix.EPIPE) {
			c.send(wire.HangUp, nil) // of a terminal, if this is its foreground
		}
	}
}
