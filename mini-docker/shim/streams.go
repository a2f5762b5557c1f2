package main

import "golang.org/x/sys/unix"

// output is a stream that the container writes.
type output struct {
	fd     int    // our end, -1 when it is at its end
	kind   byte   // wire.Out or wire.Err
	name   string // as the log has it
	hungUp bool   // a terminal that nobody has open at the moment
	line   []byte // what is not yet a line, for the log
}

// input is the stream that the container reads.
type input struct {
	fd      int // our end, -1 when there is none
	isTTY   bool
	pending []byte // what it has not taken yet
	closing bool   // close when that is done

	once         bool // the first end that a client says is its end
	starterTypes bool // the starter is such a client
}

// write passes on what a client typed. What the container does not take at once
// waits, and until it is gone no client is heard: there is never more than one
// frame of it.
func (i *input) write(text []byte) {
	if i.fd == -1 || i.closing {
		return
	}
	i.pending = append(i.pending, text...)
	i.flush()
}

// flush writes what waits.
func (i *input) flush() {
	for i.fd != -1 && len(i.pending) > 0 {
		n, err := unix.Write(i.fd, i.pending)
		if err == unix.EINTR {
			continue
		}
		if err == unix.EAGAIN {
			return
		}
		if err != nil { // nobody reads any more
			i.pending, i.closing = i.pending[:0], !i.isTTY
			break
		}
		i.pending = i.pending[:copy(i.pending, i.pending[n:])]
	}
	if i.closing && len(i.pending) == 0 && i.fd != -1 {
		unix.Close(i.fd)
		i.fd = -1
	}
}

// end closes the stream when all has been passed on, if a client's end is its own.
// A terminal has no end.
func (i *input) end() {
	if !i.isTTY && i.once {
		i.closing = true
		i.flush()
	}
}
