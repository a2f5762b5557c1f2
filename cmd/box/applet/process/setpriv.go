package process

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/start"

	"golang.org/x/sys/unix"
)

// setpriv starts a program that can have no privileges beyond those it is left:
// capabilities taken from the bounding set ("-chown,-kill"), and none gained by
// executing (no_new_privs). See capabilities(7), PR_SET_NO_NEW_PRIVS(2const).
func setpriv(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+bounding-set: no-new-privs")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing command")
	}
	runtime.LockOSThread() // privileges belong to a thread, and this one executes
	if f.Has("bounding-set") {
		for _, change := range strings.Split(f.Value("bounding-set", ""), ",") {
			if err := dropBounding(change); err != nil {
				return e.Fail(change, err)
			}
		}
	}
	if f.Has("no-new-privs") {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return e.Fail("no_new_privs", err)
		}
	}
	return start.Exec(e, args, os.Environ())
}

// dropBounding takes the capability of "-name" from the bounding set. There is
// no way to put one back.
func dropBounding(change string) error {
	name, ok := strings.CutPrefix(change, "-")
	number := slices.Index(capabilityNames(), strings.ToUpper(name))
	if !ok || number < 0 {
		return errors.New("want -CAPABILITY, such as -chown")
	}
	return unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(number), 0, 0, 0)
}
