package system

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// pwd prints the working directory: as the path that led there, which PWD says,
// or with -P without links. The shell has one of its own. See pwd(1).
func pwd(e *applet.Env, args []string) int {
	f, _, status, ok := e.Flags(args, "L P")
	if !ok {
		return status
	}
	here, err := unix.Getwd()
	if err != nil {
		return e.Fail("the working directory", err)
	}
	if !strings.HasPrefix(here, "/") {
		return e.Complain("the working directory has no path below this root")
	}
	if told := os.Getenv("PWD"); !f.Has("P") && strings.HasPrefix(told, "/") && isSame(told, here) {
		here = told
	}
	e.Out.WriteString(here + "\n")
	return applet.OK
}

func isSame(one, other string) bool {
	a, err1 := os.Stat(one)
	b, err2 := os.Stat(other)
	return err1 == nil && err2 == nil && os.SameFile(a, b)
}
