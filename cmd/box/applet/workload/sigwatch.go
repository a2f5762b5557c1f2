package workload

import (
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// notice lets a signal come to a channel. Ignore, first, makes the runtime set
// its handler again, which applet.DefaultSignals had taken away.
func notice(signals ...os.Signal) chan os.Signal {
	arrived := make(chan os.Signal, 16)
	signal.Ignore(signals...)
	signal.Notify(arrived, signals...)
	return arrived
}

// sigwatch says which signals come. It ends with the second SIGTERM; SIGKILL
// and SIGSTOP nobody sees coming. See signal(7).
func sigwatch(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	var all []os.Signal
	for n := 1; n <= 31; n++ {
		switch sig := unix.Signal(n); sig {
		case unix.SIGKILL, unix.SIGSTOP: // cannot be caught
		case unix.SIGURG, unix.SIGCHLD: // the Go runtime's own, and noise
		case unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGPROF, unix.SIGTRAP, unix.SIGABRT, unix.SIGSYS: // faults
		default:
			all = append(all, sig)
		}
	}
	arrived := notice(all...)
	fmt.Fprintf(e.Out, "process %d waits for signals\n", os.Getpid())
	e.Out.Flush()
	terms := 0
	for sig := range arrived {
		fmt.Fprintf(e.Out, "got SIG%s\n", applet.SignalName(sig.(unix.Signal)))
		e.Out.Flush()
		if sig == unix.SIGTERM {
			if terms++; terms == 2 {
				fmt.Fprintln(e.Out, "that was the second: good bye")
				return applet.OK
			}
		}
	}
	return applet.OK
}
