package mounts

import (
	"os"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/start"
)

// chroot starts a program whose paths begin at another directory. With
// --skip-chdir it stays where it is, be that outside of the new root: the gap
// that chroot(2) leaves, and by which one walks out again.
func chroot(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+skip-chdir")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing directory")
	}
	if err := unix.Chroot(args[0]); err != nil {
		return e.Fail("changing the root to "+args[0], err)
	}
	if !f.Has("skip-chdir") {
		if err := unix.Chdir("/"); err != nil {
			return e.Fail("/", err)
		}
	}
	if args = args[1:]; len(args) == 0 {
		args = []string{"/bin/sh"}
	}
	// The shell trusts this, and it no longer says where one is.
	os.Unsetenv("PWD")
	os.Unsetenv("OLDPWD")
	return start.Exec(e, args, os.Environ())
}

// pivotRoot puts a mount in the place of the root mount, for all processes of
// this mount namespace that have the old one as root or working directory. See
// pivot_root(2).
func pivotRoot(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) != 2 {
		return e.Misuse("want the new root, and where to put the old one")
	}
	if err := unix.PivotRoot(args[0], args[1]); err != nil {
		text := "pivot_root " + args[0] + " " + args[1] + ": " + applet.Reason(err)
		switch err {
		case unix.EINVAL:
			text += " (the new root must be a mount point, the old one must go below it, and neither mount may be shared)"
		case unix.EBUSY:
			text += " (the new root is on the root mount itself: bind it to itself first)"
		}
		return e.Complain(text)
	}
	return applet.OK
}

// mountpoint tells whether something is mounted at a path.
func mountpoint(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "q")
	if !ok {
		return status
	}
	if len(args) != 1 {
		return e.Misuse("want one path")
	}
	table, err := readTable()
	if err != nil {
		return e.Fail("/proc/self/mountinfo", err)
	}
	path, err := absolute(args[0])
	if err != nil {
		return e.Fail(args[0], err)
	}
	text := " is not a mountpoint\n"
	status = 32 // as util-linux has it
	for _, p := range table {
		if p.target == path {
			text, status = " is a mountpoint\n", applet.OK
		}
	}
	if !f.Has("q") {
		e.Out.WriteString(args[0] + text)
	}
	return status
}
