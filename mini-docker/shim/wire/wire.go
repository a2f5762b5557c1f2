// Package wire is the language between a container's shim and the programs that
// connect to it: frames over a unix socket, and what some of them hold.
//
//	socket, err := net.DialUnix("unix", nil, address)
//	_, err = socket.Write(wire.Append(nil, wire.Attach, nil))
//
// It is spoken by the shim too, which is to be small: so the package imports
// nothing. What is said by whom, and when, is drawn below.
package wire

// The program that starts a container talks to the shim over a socket pair, every
// other over shim.sock in the container's folder. The connection of the starter
// becomes one like the others once the container runs:
//
//	starter                            shim
//	   │ ── Clone, descriptors ─────────▶ │  clones the first process
//	   │ ◀───── Cloned, with its pidfd ── │
//	   ┆   the first process is told, over a socket of its own, what to build
//	   │ ── Terminal, a descriptor ─────▶ │  if it has one
//	   │ ── Started ────────────────────▶ │  the command runs, or has run already
//	   ┆ or: Abandon, or end of file ───▶ │  it shall not be: ends the container
//	client                             shim
//	   │ ── Attach ─────────────────────▶ │  from here on it gets the output
//	   │ ── Input, Resize, EndOfInput ──▶ │
//	   │ ◀──────────────── Out, Err ───── │
//	   │ ◀──────────────────── Exited ─── │  to all, attached or not
//	starter
//	   │ ── Settled ────────────────────▶ │  has recorded the end and cleared
//	   │                                  │  away; without it, the shim has that done
//
// A frame is a header of eight bytes, as in Docker's multiplexed streams, and
// what it holds: the kind, three zeros, the length as a big-endian number.
const (
	Clone      byte = 'C' // a Request, and descriptors in the order it says
	Cloned     byte = 'P' // a Result
	Terminal   byte = 'T' // the outer end of the container's terminal
	Started    byte = 'S'
	Abandon    byte = 'K'
	Attach     byte = 'A'
	Input      byte = 'I'
	EndOfInput byte = 'E'
	Resize     byte = 'R' // height and width, two bytes each
	HangUp     byte = 'H' // nobody reads the terminal any more
	Out        byte = 1   // as in Docker's streams
	Err        byte = 2
	Exited     byte = 'X' // a Result: the exit status, as a shell shows it
	Settled    byte = 'D'
)

// HeaderBytes is the length of a frame's header, MaxBytes the most that a frame
// may hold: whoever announces more speaks another language.
const (
	HeaderBytes = 8
	MaxBytes    = 64 << 10
)

// Names in the container's folder, and what the shim calls itself and mini-docker
// when it becomes that.
const (
	SocketName = "shim.sock"
	ExitName   = "exit"
	ShimArg    = "mini-docker-shim"
	FinishArg  = "mini-docker-finish"
)

// Append adds a frame to a buffer.
func Append(buffer []byte, kind byte, content []byte) []byte {
	n := len(content)
	buffer = append(buffer, kind, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	return append(buffer, content...)
}

// Header takes a header apart. ok is false if it is none.
func Header(header []byte) (kind byte, length int, ok bool) {
	if len(header) < HeaderBytes || header[1]|header[2]|header[3] != 0 {
		return 0, 0, false
	}
	length = int(header[4])<<24 | int(header[5])<<16 | int(header[6])<<8 | int(header[7])
	return header[0], length, length <= MaxBytes
}
