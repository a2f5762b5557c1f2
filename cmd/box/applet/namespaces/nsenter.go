package namespaces

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
	"drydock/cmd/box/applet/start"
)

// nsenter starts a program in the namespaces of a process. See nsenter(1).
func nsenter(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+"+options+"t|target: a|all F|no-fork r|root")
	if !ok {
		return status
	}
	pid, err := strconv.Atoi(f.Value("t", ""))
	if err != nil {
		return e.Misuse("want the number of a process behind -t")
	}
	if f.Has("U") {
		return e.Misuse("-U cannot be: the kernel refuses to move a process of several threads, as every Go program is, " +
			"into another user namespace (setns(2), EINVAL)")
	}
	if len(args) == 0 {
		args = []string{"/bin/sh"}
	}
	var chosen []kind
	for _, k := range kinds() {
		if f.Has(k.letter) || f.Has("a") && k.name != "user" {
			chosen = append(chosen, k)
		}
	}
	if len(chosen) == 0 && !f.Has("r") {
		return e.Misuse("name the namespaces to enter, or -a for all")
	}
	// From here on this thread is elsewhere than the others. It is the one that
	// starts the command.
	runtime.LockOSThread()
	if status := enter(e, pid, chosen, f.Has("r")); status != applet.OK {
		return status
	}
	if f.Has("F") || !f.Has("p") && !f.Has("a") {
		return start.Exec(e, args, os.Environ())
	}
	// A process does not change its own PID namespace, only that of the
	// children it is going to have: pid_namespaces(7).
	return forked(e, args)
}

// enter joins the namespaces of process pid.
func enter(e *applet.Env, pid int, chosen []kind, root bool) int {
	// All are opened before the first is entered, after which /proc may be
	// another one.
	files := make([]*os.File, len(chosen))
	for i, k := range chosen {
		path := fmt.Sprintf("/proc/%d/ns/%s", pid, k.name)
		f, err := os.Open(path)
		if err != nil {
			return e.Fail(path, err)
		}
		defer f.Close()
		files[i] = f
	}
	var rootDir *os.File
	if root {
		path := fmt.Sprintf("/proc/%d/root", pid)
		f, err := os.Open(path)
		if err != nil {
			return e.Fail(path, err)
		}
		defer f.Close()
		rootDir = f
	}
	// Threads share root and working directory, and setns refuses to change
	// those of one thread while it shares them.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return e.Fail("unsharing the working directory", err)
	}
	for i, k := range chosen {
		if err := unix.Setns(int(files[i].Fd()), int(k.flag)); err != nil {
			return e.Fail("entering the "+k.name+" namespace of "+strconv.Itoa(pid), err)
		}
	}
	if rootDir != nil {
		if err := unix.Fchdir(int(rootDir.Fd())); err != nil {
			return e.Fail("the root of "+strconv.Itoa(pid), err)
		}
		if err := unix.Chroot("."); err != nil {
			return e.Fail("the root of "+strconv.Itoa(pid), err)
		}
	}
	return applet.OK
}

// forked starts the command as a child, from this thread, and waits.
func forked(e *applet.Env, args []string) int {
	path, err := child.Look(args[0], os.Getenv("PATH"), "")
	if err != nil {
		return start.Why(e, args[0], err)
	}
	children := child.New()
	pid, err := children.Start(path, args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}})
	if err != nil {
		return start.Why(e, args[0], err)
	}
	ended, _, _ := children.Wait(context.Background(), pid)
	return child.Status(ended)
}
