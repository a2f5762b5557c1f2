package main

import (
	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// client is a program that is connected.
type client struct {
	fd         int
	isAttached bool // gets the output
	isGone     bool
	wasTold    bool // that the container has ended

	// patient says that the client must not miss anything: while it is behind, the
	// container's output is left in its pipe. It is what the foreground is. Any
	// other that does not read is let go.
	patient bool

	in      []byte // the beginning of a frame
	pending []byte // what it has not taken yet
	rights  []int  // descriptors that came
}

// mostBehind is how many bytes wait for a client, besides those that its socket
// holds, before it is let go.
const mostBehind = 256 << 10

// poll says what is to be waited for. Nobody is heard while the container does
// not take its input.
func (c *client) poll(inputIsFull bool) unix.PollFd {
	fd := unix.PollFd{Fd: int32(c.fd)}
	if len(c.pending) > 0 {
		fd.Events |= unix.POLLOUT
	}
	if !inputIsFull {
		fd.Events |= unix.POLLIN
	} else if fd.Events == 0 {
		fd.Fd = -1 // else poll(2) would tell of a hang-up again and again
	}
	return fd
}

// send sends a frame, or keeps what does not go through at once.
func (c *client) send(frame []byte) {
	if len(c.pending) == 0 {
		n, err := unix.Write(c.fd, frame)
		for err == unix.EINTR {
			n, err = unix.Write(c.fd, frame)
		}
		if err != nil && err != unix.EAGAIN {
			c.isGone = true
			return
		}
		frame = frame[max(n, 0):]
	}
	if len(frame) == 0 {
		return
	}
	if !c.patient && len(c.pending)+len(frame) > mostBehind {
		c.isGone = true
		return
	}
	c.pending = append(c.pending, frame...)
}

// flush sends what was kept.
func (c *client) flush() {
	for len(c.pending) > 0 {
		n, err := unix.Write(c.fd, c.pending)
		switch {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return
		case err != nil:
			c.isGone = true
			return
		}
		c.pending = c.pending[:copy(c.pending, c.pending[n:])]
	}
	c.pending = nil
}

// hear takes what a client says, frame by frame.
func (s *shim) hear(c *client) {
	n := c.receive(s.buffer[:])
	if n == 0 {
		return
	}
	c.in = append(c.in, s.buffer[:n]...)
	for !c.isGone && len(c.in) >= wire.HeaderBytes {
		kind, length, ok := wire.Header(c.in)
		if !ok {
			c.isGone = true
			return
		}
		if len(c.in) < wire.HeaderBytes+length {
			return
		}
		s.obey(c, kind, c.in[wire.HeaderBytes:wire.HeaderBytes+length])
		c.in = c.in[:copy(c.in, c.in[wire.HeaderBytes+length:])]
	}
}

// receive reads into the buffer. Descriptors come from the starter only, until
// the container runs. See unix(7), SCM_RIGHTS.
func (c *client) receive(buffer []byte) int {
	var n, oobn int
	var err error
	if c.fd == starterFD {
		oob := make([]byte, unix.CmsgSpace(4*253))
		n, oobn, _, _, err = unix.Recvmsg(c.fd, buffer, oob, unix.MSG_CMSG_CLOEXEC)
		c.keep(oob[:max(oobn, 0)])
	} else {
		n, err = unix.Read(c.fd, buffer)
	}
	if err == unix.EINTR || err == unix.EAGAIN {
		return 0
	}
	if err != nil || n <= 0 {
		c.isGone = true
		return 0
	}
	return n
}

// keep takes the descriptors out of a control message.
func (c *client) keep(oob []byte) {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return
	}
	for i := range messages {
		if fds, err := unix.ParseUnixRights(&messages[i]); err == nil {
			c.rights = append(c.rights, fds...)
		}
	}
}

// obey does what a frame asks for. What only the starter may ask for and nobody
// else has any use for is passed over.
func (s *shim) obey(c *client, kind byte, content []byte) {
	switch kind {
	case wire.Attach:
		c.isAttached = true
	case wire.Input:
		s.input.write(content)
	case wire.EndOfInput:
		s.input.end()
	case wire.Resize:
		s.resize(content)
	}
	if c != s.starter {
		return
	}
	switch kind {
	case wire.Clone:
		s.begin(c, content)
	case wire.Terminal:
		s.takeTerminal(c)
	case wire.Started:
		s.start()
	case wire.Abandon:
		s.abandon()
	case wire.HangUp:
		s.hangUpTerminal()
	case wire.Settled:
		s.settled, c.isGone = true, true
	}
}

// resize sets the size of the container's terminal; the kernel tells it.
func (s *shim) resize(content []byte) {
	if len(content) != 4 || !s.input.isTTY || s.output[0].fd == -1 {
		return
	}
	size := unix.Winsize{Row: uint16(content[0])<<8 | uint16(content[1]), Col: uint16(content[2])<<8 | uint16(content[3])}
	unix.IoctlSetWinsize(s.output[0].fd, unix.TIOCSWINSZ, &size)
}

// hangUpTerminal lets go of the container's terminal, as a window that is closed
// does: what reads or writes it finds that out. A pipe's writer goes on, as with
// Docker, and what it writes is in the log.
func (s *shim) hangUpTerminal() {
	if s.input.isTTY && s.output[0].fd != -1 {
		s.input.fd, s.input.pending = -1, nil // the same descriptor
		s.closeOutput(0)
	}
}

// dismissGone forgets the clients that have left.
func (s *shim) dismissGone() {
	left := s.clients[:0:0]
	for _, each := range s.clients {
		if !each.isGone {
			left = append(left, each)
			continue
		}
		unix.Close(each.fd)
		if each == s.starter {
			s.lostStarter()
		}
	}
	if len(left) != len(s.clients) {
		s.clients = left
	}
}

// lostStarter deals with the starter's end. Before the command runs it means
// that nobody wants the container any more.
func (s *shim) lostStarter() {
	s.starter = nil
	s.abandon()
	if s.input.starterTypes {
		s.input.end()
	}
}

// sayFarewell tells everybody how the container ended. Those who only waited for
// that are done; the starter has something left to do.
func (s *shim) sayFarewell() {
	frame := wire.Append(nil, wire.Exited, wire.Result{Number: int64(s.exit)}.Encode())
	for _, each := range s.clients {
		if !each.wasTold {
			each.send(frame)
			each.wasTold = true
		}
		if each != s.starter && len(each.pending) == 0 {
			each.isGone = true
		}
	}
}
