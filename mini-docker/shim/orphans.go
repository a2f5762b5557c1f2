package main

import (
	"golang.org/x/sys/unix"
)

// Of a container with a PID namespace of its own nothing outlives the first
// process: the kernel sees to that. In the machine's (--pid host) its processes
// live on, and where there is no cgroup, as for an ordinary user on cgroups of
// version 1, nobody would know whose they are. So the shim becomes their parent,
// instead of the machine's init, when they lose theirs, and ends them.

// becomeSubreaper has orphans below this process come here. See
// PR_SET_CHILD_SUBREAPER(2const). Those that end before the container does stay as
// zombies until then.
func becomeSubreaper() { unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// endOrphans kills and reaps what the container has left, if anything, and what
// comes to light as the parents of others die.
func endOrphans() {
	const patience = 2000 // times a millisecond: a frozen one does not die
	for range patience {
		switch _, err := unix.Wait4(-1, nil, unix.WNOHANG, nil); err {
		case unix.ECHILD:
			return
		case nil:
			killChildren()
			unix.Poll(nil, 1)
		}
	}
}

// killChildren kills all children. See proc_pid_task(5), children.
func killChildren() {
	path := append(append([]byte("/proc/self/task/"), appendNumber(nil, uint64(unix.Getpid()))...), "/children"...)
	fd, err := unix.Open(string(path), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	var text [4096]byte // more, and the next round has them
	n, _ := unix.Read(fd, text[:])
	pid := 0
	for _, each := range text[:max(n, 0)] {
		if '0' <= each && each <= '9' {
			pid = 10*pid + int(each-'0')
			continue
		}
		if pid > 0 {
			unix.Kill(pid, unix.SIGKILL)
		}
		pid = 0
	}
}
