package start

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// wait returns a child's status as a shell would show it.
func wait(children *child.Children, pid int) int {
	ended, _, _ := children.Wait(context.Background(), pid)
	return child.Status(ended)
}

// timeApplet tells how long a program ran, and how much of that on a CPU. See
// time(1).
func timeApplet(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+p")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing command")
	}
	children := child.New()
	began := time.Now()
	pid, status := Run(e, children, args, nil)
	if status != applet.OK {
		return status
	}
	status = wait(children, pid)
	real := time.Since(began)
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_CHILDREN, &used); err != nil {
		return e.Fail("getrusage", err)
	}
	for _, line := range []struct {
		name string
		d    time.Duration
	}{{"real", real}, {"user", time.Duration(used.Utime.Nano())}, {"sys", time.Duration(used.Stime.Nano())}} {
		if f.Has("p") {
			fmt.Fprintf(e.Err, "%s %.2f\n", line.name, line.d.Seconds())
		} else {
			fmt.Fprintf(e.Err, "%s\t%dm %.2fs\n", line.name, int(line.d.Minutes()), (line.d % time.Minute).Seconds())
		}
	}
	return status
}

// timedOut is the status that says that the time was over. See timeout(1).
const timedOut = 124

// timeout ends a program that runs for too long.
func timeout(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+s|signal: k|kill-after: preserve-status foreground")
	if !ok {
		return status
	}
	if len(args) < 2 {
		return e.Misuse("want a time and a command")
	}
	limit, ok := applet.Duration(args[0])
	grace, ok2 := applet.Duration(f.Value("k", "0"))
	sig, ok3 := applet.Signal(f.Value("s", "TERM"))
	if !ok || !ok2 || !ok3 {
		return e.Misuse("want seconds, and the name of a signal")
	}
	children := child.New()
	pid, status := Run(e, children, args[1:], nil)
	if status != applet.OK {
		return status
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if limit == 0 { // never
		ctx = context.Background()
	}
	ended, _, err := children.Wait(ctx, pid)
	if err == nil {
		return child.Status(ended)
	}
	unix.Kill(pid, sig)
	ctx, cancel = context.WithTimeout(context.Background(), grace)
	defer cancel()
	if !f.Has("k") {
		ctx = context.Background()
	}
	if ended, _, err = children.Wait(ctx, pid); err != nil {
		unix.Kill(pid, unix.SIGKILL)
		return wait(children, pid)
	}
	if f.Has("preserve-status") {
		return child.Status(ended)
	}
	return timedOut
}
