// Package start holds the applets that start another program in a special way:
// with other variables, a time limit, a session of its own, arguments from
// standard input. Those that give it other namespaces are in package namespaces.
package start

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "env", Usage: "[-i] [-u NAME] [NAME=VALUE]... [COMMAND [ARGUMENT]...]", Run: env},
		{Name: "nohup", Usage: "COMMAND [ARGUMENT]...", Run: nohup},
		{Name: "setsid", Usage: "[-w] COMMAND [ARGUMENT]...", Run: setsid},
		{Name: "time", Usage: "COMMAND [ARGUMENT]...", Run: timeApplet},
		{Name: "timeout", Usage: "[-s SIGNAL] [-k SECONDS] SECONDS COMMAND [ARGUMENT]...", Run: timeout},
		{Name: "which", Usage: "NAME...", Run: which},
		{Name: "xargs", Usage: "[-0] [-n COUNT] [-I TEXT] [-r] [-t] [COMMAND [ARGUMENT]...]", Run: xargs},
	}
}

// Exec makes this process the program that args name, in the given
// environment. It returns only when that cannot be: with 127 for a program
// that is not there, 126 for one that cannot run.
func Exec(e *applet.Env, args, env []string) int {
	e.Out.Flush()
	path, err := child.Look(args[0], os.Getenv("PATH"), "")
	if err == nil {
		err = syscall.Exec(path, args, env)
	}
	return Why(e, args[0], err)
}

// Why reports why a program could not be started and returns the status for it.
func Why(e *applet.Env, name string, err error) int {
	if errors.Is(err, fs.ErrNotExist) {
		e.Fail("can't execute '"+name+"'", err)
		return applet.NotFound
	}
	e.Fail("can't execute '"+name+"'", err)
	return applet.NotExecutable
}

// Run starts a program with this process' files and returns its number.
func Run(e *applet.Env, children *child.Children, args []string, sys *syscall.SysProcAttr) (pid, status int) {
	e.Out.Flush()
	path, err := child.Look(args[0], os.Getenv("PATH"), "")
	if err == nil {
		pid, err = children.Start(path, args, &syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: sys})
	}
	if err != nil {
		return 0, Why(e, args[0], err)
	}
	return pid, applet.OK
}
