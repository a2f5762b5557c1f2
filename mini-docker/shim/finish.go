package main

import (
	"syscall"
	"time"
	"unsafe"

	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
)

// reap takes the exit status of the first process, and with it, it being PID 1
// of its namespace, that of the container.
func (s *shim) reap() {
	var status unix.WaitStatus
	pid, err := unix.Wait4(s.pid, &status, unix.WNOHANG, nil)
	if err != nil || pid != s.pid {
		return
	}
	s.exit = status.ExitStatus()
	if status.Signaled() {
		s.exit = 128 + int(status.Signal())
	}
	unix.Close(s.pidfd)
	s.pid, s.pidfd, s.ended = -1, -1, true
	endOrphans()
	switch {
	case s.started:
		s.writeExit()
	case s.abandoned:
		s.closeOutputs()
	} // else it was quicker than the starter's word, which is still to come
}

// start notes that the command runs, or ran.
func (s *shim) start() {
	s.started = true
	if s.ended {
		s.writeExit()
	}
}

// abandon ends a container that shall not be.
func (s *shim) abandon() {
	s.abandoned = !s.started
	if s.pid != -1 && s.abandoned {
		unix.Kill(s.pid, unix.SIGKILL)
	}
	if s.ended && s.abandoned {
		s.closeOutputs()
	}
}

// writeExit leaves in the container's folder how it ended, for whoever comes
// after. What reads it sees it whole or not at all.
func (s *shim) writeExit() {
	text := append(make([]byte, 0, 128), `{"ExitCode":`...)
	text = appendNumber(text, uint64(s.exit))
	text = append(text, `,"FinishedAt":"`...)
	text = time.Now().UTC().AppendFormat(text, time.RFC3339Nano)
	text = append(text, "\"}\n"...)
	fd, err := unix.Openat(folderFD, wire.ExitName+".new", unix.O_WRONLY|unix.O_CREAT|unix.O_TRUNC|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return // a full disk: what ended is seen all the same, and dated later
	}
	n, err := unix.Write(fd, text)
	unix.Close(fd)
	if err == nil && n == len(text) {
		unix.Renameat(folderFD, wire.ExitName+".new", folderFD, wire.ExitName)
	}
}

// finish ends the shim: it becomes mini-docker, which records the end and clears
// away, unless the starter has done so. The lock goes along: until that is done
// the container has an owner.
func (s *shim) finish() {
	if s.settled {
		unix.Exit(0)
	}
	unix.FcntlInt(folderFD, unix.F_SETFD, 0)
	setSignals(defaultAction, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	args := []string{wire.FinishArg, s.root, s.run, s.id}
	unix.Exec("/proc/self/fd/5", args, syscall.Environ())
	unix.Exit(1) // whoever looks next does it instead
}

// ignoreSignals has the shim outlive what is sent to whole sessions or by people
// who mean the container. It is done after the first process is cloned, which
// would inherit it. See signal(7).
func ignoreSignals() { setSignals(ignoreAction, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM) }

const defaultAction, ignoreAction = 0, 1 // SIG_DFL, SIG_IGN

// setSignals calls rt_sigaction(2) itself: package os/signal would take a thread
// and half a megabyte.
func setSignals(handler uintptr, signals ...unix.Signal) {
	action := struct {
		handler, flags, restorer uintptr
		mask                     uint64
	}{handler: handler}
	for _, each := range signals {
		unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(each), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	}
}
