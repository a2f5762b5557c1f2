package workload

import (
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// sleep waits for the sum of its arguments. It asks the kernel itself, on the
// only thread that is needed for it, since a timer of Go's runtime would start
// more threads, and each counts against a pids limit. See sleep(1).
func sleep(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing time")
	}
	var total time.Duration
	for _, arg := range args {
		d, ok := applet.Duration(arg)
		if !ok {
			return e.Misuse("invalid time '" + arg + "'")
		}
		total += d
	}
	left := unix.NsecToTimespec(total.Nanoseconds())
	// The kernel writes back what is left when a signal breaks the sleep.
	for unix.Nanosleep(&left, &left) == unix.EINTR {
	}
	return applet.OK
}
