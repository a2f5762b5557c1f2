package system

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// hostname prints or sets the name that the UTS namespace gives the machine.
// See hostname(1), sethostname(2).
func hostname(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "s F:")
	if !ok {
		return status
	}
	if f.Has("F") {
		text, err := os.ReadFile(f.Value("F", ""))
		if err != nil {
			return e.Fail(f.Value("F", ""), err)
		}
		args = []string{strings.TrimSpace(string(text))}
	}
	if len(args) > 1 {
		return e.Misuse("more than one name")
	}
	if len(args) == 1 {
		if err := unix.Sethostname([]byte(args[0])); err != nil {
			return e.Fail("setting the name to '"+args[0]+"'", err)
		}
		return applet.OK
	}
	var uts unix.Utsname
	if err := unix.Uname(&uts); err != nil {
		return e.Fail("uname", err)
	}
	name := unix.ByteSliceToString(uts.Nodename[:])
	if f.Has("s") {
		name, _, _ = strings.Cut(name, ".")
	}
	e.Out.WriteString(name + "\n")
	return applet.OK
}
