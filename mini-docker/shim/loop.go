package main

import (
	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// How long the shim waits, in milliseconds.
const (
	// lastWords: for more output after the container's end. All that it wrote is
	// there already; an end of file, which says so, stays out only if a process
	// that outlived it holds on to the stream.
	lastWords = 100
	// farewell: for clients to take what is on its way to them.
	farewell = 2000
	// hangUp: before a terminal is read again that nobody in the container has
	// open just now. To be told, poll(2) offers nothing.
	hangUp = 50
)

// loop serves until the container has ended, everybody has been told, and the
// starter, if it is still there, has settled the rest.
func (s *shim) loop() {
	for !s.isOver() {
		timeout := s.arm()
		n, err := unix.Poll(s.polls, timeout)
		if err == unix.EINTR {
			continue
		}
		if n == 0 {
			s.timedOut()
			continue
		}
		s.serve()
	}
}

// isOver says whether nothing is left to be done here.
func (s *shim) isOver() bool {
	if s.pid == -1 && s.starter == nil && !s.ended {
		return true // it never came to be
	}
	return s.ended && s.isDrained() && len(s.clients) == 0
}

// isDrained says whether all that the container wrote has been read.
func (s *shim) isDrained() bool { return s.output[0].fd == -1 && s.output[1].fd == -1 }

// What each entry of polls stands for: those of the clients follow.
const (
	pollChild = iota
	pollListener
	pollInput
	pollOutput
	pollError
	pollClients
)

// arm says what is to be waited for, and how long.
func (s *shim) arm() (timeout int) {
	s.polls = append(s.polls[:0],
		unix.PollFd{Fd: int32(s.pidfd), Events: unix.POLLIN},
		unix.PollFd{Fd: int32(s.listener), Events: unix.POLLIN},
		unix.PollFd{Fd: -1, Events: unix.POLLOUT},
		unix.PollFd{Fd: -1, Events: unix.POLLIN},
		unix.PollFd{Fd: -1, Events: unix.POLLIN})
	if len(s.input.pending) > 0 {
		s.polls[pollInput].Fd = int32(s.input.fd)
	}
	timeout = -1
	for i := range s.output {
		// A client that is waited for holds up the container, as the reader of
		// a pipe does.
		if s.started && !s.isHeldUp() && !s.output[i].hungUp {
			s.polls[pollOutput+i].Fd = int32(s.output[i].fd)
		}
		if s.output[i].hungUp {
			timeout = hangUp
		}
	}
	for _, each := range s.clients {
		s.polls = append(s.polls, each.poll(len(s.input.pending) > 0))
	}
	switch {
	case s.started && s.ended && !s.isDrained() && !s.isHeldUp():
		timeout = lastWords
	case s.ended && s.isDrained() && s.hasOthers():
		timeout = farewell
	}
	return timeout
}

// isHeldUp says whether a client that must not miss anything is behind.
func (s *shim) isHeldUp() bool {
	for _, each := range s.clients {
		if each.patient && each.isAttached && len(each.pending) > 0 {
			return true
		}
	}
	return false
}

// hasOthers says whether clients other than the starter are there.
func (s *shim) hasOthers() bool {
	return len(s.clients) > 1 || len(s.clients) == 1 && s.clients[0] != s.starter
}

// timedOut does what is due when nothing has happened for as long as arm said.
func (s *shim) timedOut() {
	s.output[0].hungUp = false
	switch {
	case s.started && s.ended && !s.isDrained():
		// The end of a terminal's output is not told: nothing came for long enough.
		s.closeOutputs()
		s.sayFarewell()
		s.dismissGone()
	case s.ended:
		for _, each := range s.clients {
			each.isGone = each.isGone || each != s.starter
		}
		s.dismissGone()
	}
}

// serve deals with all that is ready.
func (s *shim) serve() {
	ready := func(i int) bool { return s.polls[i].Revents != 0 }
	if ready(pollInput) {
		s.input.flush()
	}
	for i := range s.output {
		if ready(pollOutput + i) {
			s.read(i)
		}
	}
	present := s.clients // as they are in polls
	for i, each := range present {
		events := s.polls[pollClients+i].Revents
		if events&unix.POLLOUT != 0 {
			each.flush()
		}
		if events&(unix.POLLIN|unix.POLLHUP|unix.POLLERR) != 0 {
			s.hear(each)
		}
	}
	if ready(pollListener) {
		s.accept()
	}
	// Last: what it wrote before its end has been read by now, or will be.
	if ready(pollChild) {
		s.reap()
	}
	if s.ended && s.isDrained() && (s.started || s.abandoned) {
		s.sayFarewell()
	}
	s.dismissGone()
}

// read takes what there is of the container's output and passes it on.
func (s *shim) read(i int) {
	o := &s.output[i]
	n, err := unix.Read(o.fd, s.buffer[headerRoom:])
	switch {
	case err == unix.EINTR || err == unix.EAGAIN:
		return
	case err == unix.EIO && !s.ended:
		o.hungUp = true // a terminal that nobody has open at the moment
		return
	case n <= 0:
		s.closeOutput(i)
		return
	}
	text := s.buffer[headerRoom : headerRoom+n]
	s.log.add(o, text)
	frame := s.buffer[:headerRoom+n]
	wire.Append(frame[:0], o.kind, text[:0])
	for i, shift := range [4]int{24, 16, 8, 0} {
		frame[4+i] = byte(n >> shift)
	}
	for _, each := range s.clients {
		if each.isAttached {
			each.send(frame)
		}
	}
}

func (s *shim) closeOutputs() {
	for i := range s.output {
		s.closeOutput(i)
	}
}

func (s *shim) closeOutput(i int) {
	if s.output[i].fd != -1 {
		s.log.end(&s.output[i])
		unix.Close(s.output[i].fd)
		s.output[i].fd = -1
	}
}

// accept lets a new client in.
func (s *shim) accept() {
	const most = 64 // at a time; each costs a descriptor and a buffer
	fd, _, err := unix.Accept4(s.listener, unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK)
	if err != nil {
		return
	}
	if len(s.clients) >= most {
		unix.Close(fd)
		return
	}
	s.clients = append(s.clients, &client{fd: fd})
}
