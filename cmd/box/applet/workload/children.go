package workload

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
	"drydock/cmd/box/applet/start"
)

// spawn starts an applet of this program as a child that nobody waits for
// unless the caller does.
func spawn(args ...string) (pid int, err error) {
	return syscall.ForkExec(child.Self(), args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
}

// fork starts children that sleep, says their numbers, and waits for them. See
// fork(2).
func fork(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "n|count: t|time:")
	if !ok {
		return status
	}
	count, ok := e.Int(f, "n", 1)
	seconds := f.Value("t", "300")
	if _, valid := applet.Duration(seconds); !ok || !valid || len(args) > 0 {
		return e.Misuse("want a number of children and a time")
	}
	for range count {
		pid, err := spawn("sleep", seconds)
		if err != nil {
			status = e.Fail("starting a child", err)
			break
		}
		fmt.Fprintf(e.Out, "child %d\n", pid)
		e.Out.Flush()
	}
	reap()
	return status
}

// reap waits until no child is left. See wait(2).
func reap() {
	for {
		_, err := syscall.Wait4(-1, nil, 0, nil)
		if err != nil && err != syscall.EINTR {
			return // ECHILD
		}
	}
}

// zombie starts children that end at once, and does not ask how. They stay in
// the process table until it does so, on SIGUSR1, or ends itself: then process 1
// is their parent, and asks.
//
// A child is this applet again, told to make none: what is left of it carries
// the name of the program that is to blame.
func zombie(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "n|count:")
	if !ok {
		return status
	}
	count, ok := e.Int(f, "n", 1)
	if !ok || len(args) > 0 {
		return e.Misuse("want a number of children")
	}
	if count == 0 {
		return applet.OK
	}
	signals := notice(unix.SIGUSR1)
	for range count {
		pid, err := spawn("zombie", "-n", "0")
		if err != nil {
			return e.Fail("starting a child", err)
		}
		if err := ended(pid); err != nil {
			return e.Fail("waiting for the end of a child", err)
		}
		fmt.Fprintf(e.Out, "zombie %d\n", pid)
	}
	e.Out.Flush()
	<-signals
	reap()
	return applet.OK
}

// ended returns once a child has ended, and leaves it a zombie: WNOWAIT of
// waitid(2).
func ended(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err != unix.EINTR {
			return err
		}
	}
}

// orphan starts a program and leaves it alone: the process in between ends, so
// that the program's parent is process 1 of its PID namespace, or the next
// subreaper (prctl(2), PR_SET_CHILD_SUBREAPER).
func orphan(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing command")
	}
	path, err := child.Look(args[0], os.Getenv("PATH"), "")
	if err != nil {
		return start.Why(e, args[0], err)
	}
	// This process is the one in between: it has been forked by who called it,
	// and the second fork is this one.
	pid, err := syscall.ForkExec(path, args, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return start.Why(e, args[0], err)
	}
	fmt.Fprintf(e.Out, "orphan %d\n", pid)
	return applet.OK
}
