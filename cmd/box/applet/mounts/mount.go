package mounts

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// mount lists the mounts or makes one. See mount(8); /etc/fstab is not read,
// loop devices are not set up.
func mount(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "t|types: o|options: r|read-only w n|no-mtab B|bind R|rbind M|move "+
		"make-shared make-rshared make-slave make-rslave make-private make-rprivate make-unbindable make-runbindable")
	if !ok {
		return status
	}
	options := f.All("o")
	for _, name := range []string{"bind", "rbind", "move"} {
		if f.Has(strings.ToUpper(name[:1])) {
			options = append(options, name)
		}
	}
	if f.Has("r") {
		options = append(options, "ro")
	}
	for name := range propagations() {
		if f.Has("make-" + name) {
			options = append(options, name)
		}
	}
	fstype := f.Value("t", "")
	if len(args) == 0 && len(options) == 0 {
		return list(e, fstype)
	}
	r := parse(options)
	alone := len(r.propagation) > 0 || r.flags&unix.MS_REMOUNT != 0
	switch {
	case len(args) == 1 && alone:
		args = []string{"", args[0]}
	case len(args) != 2:
		return e.Misuse("want a source and a target")
	}
	source, target := args[0], args[1]
	if err := r.apply(source, target, fstype); err != nil {
		return e.Complain(explain(source, target, fstype, err))
	}
	return applet.OK
}

// explain says what the kernel's terse numbers mean here.
func explain(source, target, fstype string, err error) string {
	what := "mounting " + source + " on " + target
	if source == "" {
		what = "changing the mount at " + target
	}
	switch err {
	case unix.EPERM:
		if !applet.MayAdminister() {
			return what + ": Operation not permitted (this process lacks the capability CAP_SYS_ADMIN; lscaps shows those it has)"
		}
	case unix.ENODEV:
		return what + ": Unknown file system type '" + fstype + "' (see /proc/filesystems)"
	case unix.EINVAL:
		return what + ": Invalid argument (not a mount point, or wrong options for the type)"
	}
	return what + ": " + applet.Reason(err)
}

// list prints what is mounted, one line each: SOURCE on TARGET type TYPE
// (OPTIONS).
func list(e *applet.Env, fstype string) int {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return e.Fail("/proc/self/mounts", err)
	}
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 4 || fstype != "" && f[2] != fstype {
			continue
		}
		fmt.Fprintf(e.Out, "%s on %s type %s (%s)\n", unquote(f[0]), unquote(f[1]), f[2], f[3])
	}
	return applet.OK
}

// unquote undoes the octal escapes that the kernel writes for blanks, newlines
// and backslashes in mount tables.
func unquote(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// umount takes mounts away, the last named last. See umount(8), umount2(2).
func umount(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "l|lazy f|force R|recursive n")
	if !ok {
		return status
	}
	if len(args) == 0 {
		return e.Misuse("missing target")
	}
	flags := 0
	if f.Has("l") {
		flags |= unix.MNT_DETACH
	}
	if f.Has("f") {
		flags |= unix.MNT_FORCE
	}
	for _, target := range args {
		if err := take(target, flags, f.Has("R")); err != nil {
			text := applet.Reason(err)
			if err == unix.EINVAL {
				text = "not mounted"
			}
			status = e.Complain(target + ": " + text)
		}
	}
	return status
}

// take unmounts a target, with recursive all that is mounted below it first.
func take(target string, flags int, recursive bool) error {
	if recursive {
		table, err := readTable()
		if err != nil {
			return err
		}
		for i := len(table) - 1; i >= 0; i-- { // what came later may lie on top
			if strings.HasPrefix(table[i].target, strings.TrimRight(target, "/")+"/") {
				if err := unix.Unmount(table[i].target, flags); err != nil {
					return err
				}
			}
		}
	}
	return unix.Unmount(target, flags)
}
