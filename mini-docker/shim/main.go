// Command shim stays beside one container for as long as it lives: it is the
// parent of the container's first process, holds the other ends of its standard
// streams, keeps what it writes, serves those who attach, and writes down how it
// ended. So no daemon is needed, and the program that started a container may
// end, or be killed, while the container goes on.
//
//	shim ID ROOT RUN     (descriptors: see below)
//
// mini-docker carries it (program), starts one for each container, and talks to
// it as package wire draws. It is a program of its own to be small: there may be
// hundreds of it. So it links next to nothing, no fmt, no net, no json, and it is
// one loop over poll(2) on one thread, which never waits for anybody (loop.go).
//
// What is heavy, to remove the container's cgroup and, with --rm, the rest, is
// left to mini-docker: the starter does it if it is still there, otherwise the
// shim becomes mini-docker for that (finish.go). If the shim itself is killed, the
// kernel kills the container with it: see PR_SET_PDEATHSIG(2const).
package main

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// What the shim finds open when it starts.
const (
	starterFD = 3 // a socket to the program that starts the container
	folderFD  = 4 // the container's folder; its lock says that there is an owner
	engineFD  = 5 // mini-docker, for finish
)

func main() {
	args := os.Args
	if args[0] == pauseName {
		pause()
	}
	if len(args) != 4 {
		unix.Write(2, []byte("shim: mini-docker starts this by itself, one for each container\n"))
		unix.Exit(2)
	}
	// The first process dies with the thread that cloned it. The main thread
	// lives as long as the program does.
	runtime.LockOSThread()
	for fd := starterFD; fd <= engineFD; fd++ {
		unix.CloseOnExec(fd)
	}
	// What else was open in the starter's shell is not for us to keep open.
	unix.CloseRange(engineFD+1, ^uint(0), 0)
	nameSelf()
	s := newShim(args[1], args[2], args[3])
	s.loop()
	s.finish()
}

// nameSelf is for ps: the kernel took the name of the file, which has a checksum
// in it. Package os would open an epoll instance for the sake of this. See
// proc_pid_comm(5).
func nameSelf() {
	if fd, err := unix.Open("/proc/self/comm", unix.O_WRONLY|unix.O_CLOEXEC, 0); err == nil {
		unix.Write(fd, []byte("shim"))
		unix.Close(fd)
	}
}

// shim is all that it knows.
type shim struct {
	id, root, run string

	pid, pidfd int // of the first process; -1 before it is cloned, and after its end
	exit       int // its exit status, once it has ended
	ended      bool

	started   bool // the command runs, or ran
	abandoned bool // it never will
	settled   bool // the starter has done what finish would do

	input  input
	output [2]output // standard output, or the terminal; standard error
	log    log

	listener int
	starter  *client // nil once it is gone
	clients  []*client

	// One buffer for all that is read, with room for a frame's header in front.
	buffer [headerRoom + chunk]byte
	polls  []unix.PollFd
}

const (
	headerRoom = 8
	chunk      = 32 << 10 // read at once
)

func newShim(id, root, run string) *shim {
	s := &shim{id: id, root: root, run: run, pid: -1, pidfd: -1, listener: -1}
	s.input.fd = -1
	s.output = [2]output{{fd: -1}, {fd: -1}}
	s.log.fd = -1
	s.starter = &client{fd: starterFD, patient: true}
	s.clients = []*client{s.starter}
	unix.SetNonblock(starterFD, true)
	return s
}
