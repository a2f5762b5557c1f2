package applet

import (
	"os/signal"
	"unsafe"

	"golang.org/x/sys/unix"
)

// DefaultSignals gives the signals that end a C program their default action
// back. The Go runtime has its own handlers, which end the program just so,
// but for the kernel a signal with a handler is one that is wanted. That makes
// a difference for process 1 of a PID namespace, to which the kernel delivers
// only signals that are wanted (pid_namespaces(7)), and in the Sig lines of
// /proc/PID/status, which lessons look at.
//
// What the parent had ignored stays so, as nohup asks for. Go keeps that only
// of SIGHUP and SIGINT.
func DefaultSignals() {
	for _, sig := range []unix.Signal{
		unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM,
		unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGTSTP,
	} {
		if !signal.Ignored(sig) {
			DefaultSignal(sig)
		}
	}
}

// DefaultSignal sets the default action of one signal behind the Go runtime's
// back. See rt_sigaction(2).
func DefaultSignal(sig unix.Signal) {
	// struct sigaction of the kernel: handler, flags, restorer, mask, eight
	// bytes each on amd64 and arm64. All zero is SIG_DFL with nothing else.
	var action [4]uint64
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig),
		uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
}
