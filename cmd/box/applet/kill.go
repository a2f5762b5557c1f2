package applet

import (
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// KillUsage is what stands behind kill in its usage line.
const KillUsage = "[-SIGNAL|-s SIGNAL] PID... | -l [NUMBER]"

// Kill is the applet kill and the shell's command of that name, which differ
// in how they read a target. See POSIX XCU kill, kill(2).
func Kill(e *Env, args []string, target func(string) (int, bool), send func(int, unix.Signal) error) int {
	sig := unix.SIGTERM
	if len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && args[0] != "--" {
		if args[0] == "-l" || args[0] == "-L" {
			return listSignals(e, args[1:])
		}
		name := args[0][1:]
		args = args[1:]
		if (name == "s" || name == "n") && len(args) > 0 {
			name, args = args[0], args[1:]
		}
		var ok bool
		if sig, ok = Signal(name); !ok {
			return e.Misuse("unknown signal '" + name + "'")
		}
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return e.Misuse("missing process number")
	}
	status := OK
	for _, arg := range args {
		pid, ok := target(arg)
		if !ok && strings.HasPrefix(arg, "%") {
			status = e.Complain(arg + ": no such job")
		} else if !ok {
			status = e.Complain("'" + arg + "' is no process number")
		} else if err := send(pid, sig); err != nil {
			status = e.Fail("("+arg+")", err)
		}
	}
	return status
}

// listSignals prints all names, or the name of a number; a number above 128 is
// the exit status of who died by that signal.
func listSignals(e *Env, args []string) int {
	if len(args) == 0 {
		for n := 1; n <= 31; n++ {
			fmt.Fprintf(e.Out, "%2d) %s\n", n, SignalName(unix.Signal(n)))
		}
		return OK
	}
	for _, arg := range args {
		sig, ok := Signal(strings.TrimSpace(arg))
		var n int
		if _, err := fmt.Sscan(arg, &n); err == nil {
			if n > 128 {
				n -= 128
			}
			fmt.Fprintln(e.Out, SignalName(unix.Signal(n)))
		} else if ok {
			fmt.Fprintln(e.Out, int(sig))
		} else {
			return e.Complain("unknown signal '" + arg + "'")
		}
	}
	return OK
}
