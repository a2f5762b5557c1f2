// Package process holds the applets that show processes and what the kernel
// keeps for each, and the one that signals them.
package process

import (
	"golang.org/x/sys/unix"

	"strconv"

	"drydock/cmd/box/applet"
)

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "fds", Usage: "[PID]", Run: fds},
		{Name: "kill", Usage: applet.KillUsage, Run: kill},
		{Name: "lscaps", Usage: "[PID]", Run: lscaps},
		{Name: "pidof", Usage: "[-s] NAME...", Run: pidof},
		{Name: "ps", Usage: "[-e|-ef|-A|aux] [-o COLUMN,...] [-p PID,...]", Run: ps},
		{Name: "pstree", Usage: "[-p] [PID]", Run: pstree},
		{Name: "setpriv", Usage: "[--bounding-set -CAPABILITY[,...]] [--no-new-privs] COMMAND [ARGUMENT]...", Run: setpriv},
	}
}

func kill(e *applet.Env, args []string) int {
	target := func(text string) (int, bool) {
		pid, err := strconv.Atoi(text)
		return pid, err == nil
	}
	return applet.Kill(e, args, target, unix.Kill)
}
