package start

import (
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// env prints the environment, or starts a program in a changed one. See env(1).
func env(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+i|ignore-environment u|unset: 0|null")
	if !ok {
		return status
	}
	var vars []string
	if !f.Has("i") && (len(args) == 0 || args[0] != "-") {
		vars = os.Environ()
	}
	if len(args) > 0 && args[0] == "-" {
		args = args[1:]
	}
	unset := func(name string) {
		vars = slices.DeleteFunc(vars, func(v string) bool { return strings.HasPrefix(v, name+"=") })
	}
	for _, name := range f.All("u") {
		unset(name)
	}
	for len(args) > 0 && strings.Contains(args[0], "=") {
		name, _, _ := strings.Cut(args[0], "=")
		unset(name)
		vars, args = append(vars, args[0]), args[1:]
	}
	if len(args) > 0 {
		for _, v := range vars { // the program is looked for on its own path
			if path, ok := strings.CutPrefix(v, "PATH="); ok {
				os.Setenv("PATH", path)
			}
		}
		return Exec(e, args, vars)
	}
	end := "\n"
	if f.Has("0") {
		end = "\x00"
	}
	for _, v := range vars {
		e.Out.WriteString(v + end)
	}
	return applet.OK
}

// nohup starts a program that survives the end of its terminal: SIGHUP stays
// ignored across execve(2), and what it prints goes to a file.
func nohup(e *applet.Env, args []string) int {
	_, args, status, ok := e.Flags(args, "+")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing command")
	}
	signal.Ignore(unix.SIGHUP)
	if e.Out.Terminal() {
		f, err := os.OpenFile("nohup.out", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
		if err != nil {
			return e.Fail("nohup.out", err)
		}
		e.Complain("appending output to nohup.out")
		unix.Dup3(int(f.Fd()), 1, 0)
		if applet.IsTerminal(e.Err) {
			unix.Dup3(int(f.Fd()), 2, 0)
		}
	}
	return Exec(e, args, os.Environ())
}

// setsid starts a program in a session of its own, away from this terminal.
// See setsid(2).
func setsid(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+w|wait c|ctty")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing command")
	}
	if f.Has("c") {
		return e.Misuse("-c is not supported")
	}
	// setsid is refused to the leader of a process group, as what a shell
	// starts may be: then a child, which is none, does it.
	if unix.Getpgrp() != unix.Getpid() && !f.Has("w") {
		if _, err := unix.Setsid(); err != nil {
			return e.Fail("setsid", err)
		}
		return Exec(e, args, os.Environ())
	}
	children := child.New()
	pid, status := Run(e, children, args, &syscall.SysProcAttr{Setsid: true})
	if status != applet.OK || !f.Has("w") {
		return status
	}
	return wait(children, pid)
}

// which prints where a program is on the path.
func which(e *applet.Env, args []string) int {
	_, names, status, ok := e.Flags(args, "")
	if !ok {
		return status
	}
	if len(names) == 0 {
		return e.Misuse("missing name")
	}
	for _, name := range names {
		path, err := child.Look(name, os.Getenv("PATH"), "")
		if err != nil {
			status = applet.Failed
			continue
		}
		e.Out.WriteString(path + "\n")
	}
	return status
}
