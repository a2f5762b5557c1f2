package shell

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// resources are the limits that ulimit knows, with the unit that people count in.
// See getrlimit(2).
var resources = []struct {
	letter byte
	number int
	unit   uint64 // bytes of one
	text   string
}{
	{'c', unix.RLIMIT_CORE, 512, "core file size (blocks)"}, {'d', unix.RLIMIT_DATA, 1024, "data seg size (kb)"},
	{'f', unix.RLIMIT_FSIZE, 512, "file size (blocks)"}, {'l', unix.RLIMIT_MEMLOCK, 1024, "locked memory (kb)"},
	{'n', unix.RLIMIT_NOFILE, 1, "file descriptors"}, {'s', unix.RLIMIT_STACK, 1024, "stack size (kb)"},
	{'t', unix.RLIMIT_CPU, 1, "cpu time (seconds)"}, {'u', unix.RLIMIT_NPROC, 1, "processes"},
	{'v', unix.RLIMIT_AS, 1024, "address space (kb)"},
}

// ulimit shows and sets the limits of the shell, and so of what it starts. See
// POSIX XCU ulimit.
func (c *command) ulimit(args []string) error {
	letters := ""
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		letters, args = letters+args[0][1:], args[1:]
	}
	hard, soft := strings.Contains(letters, "H"), strings.Contains(letters, "S")
	letters = strings.NewReplacer("H", "", "S", "").Replace(letters)
	if letters == "" {
		letters = "f"
	}
	for _, each := range resources {
		switch {
		case letters == "a":
			fmt.Fprintf(c.hc.Stdout, "-%c: %-28s %s\n", each.letter, each.text, limitOf(each.number, each.unit, hard))
		case letters == string(each.letter) && len(args) == 0:
			io.WriteString(c.hc.Stdout, limitOf(each.number, each.unit, hard)+"\n")
			return nil
		case letters == string(each.letter):
			if err := setLimit(each.number, each.unit, args[0], hard, soft); err != nil {
				c.complain("ulimit: " + args[0] + ": " + applet.Reason(err))
				return status(applet.Failed)
			}
			return nil
		}
	}
	if letters == "a" {
		return nil
	}
	c.complain("ulimit: unknown limit -" + letters)
	return status(applet.Misused)
}

// filesAreSet says that the limit of open files is what ulimit made it, and no more
// the one that Go raised.
var filesAreSet atomic.Bool

func limitOf(number int, unit uint64, hard bool) string {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(number, &limit); err != nil {
		return applet.Reason(err)
	}
	if number == unix.RLIMIT_NOFILE && !filesAreSet.Load() {
		if given, ok := givenFiles(); ok {
			limit.Cur = given
		}
	}
	value := limit.Cur
	if hard {
		value = limit.Max
	}
	if value == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(value/unit, 10)
}

// setLimit sets the soft limit, the hard one, or, if neither is named, both. Package
// syscall does it: it remembers a limit of files that Go has raised.
func setLimit(number int, unit uint64, text string, hard, soft bool) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(number, &limit); err != nil {
		return err
	}
	if number == unix.RLIMIT_NOFILE && !filesAreSet.Load() {
		if given, ok := givenFiles(); ok {
			limit.Cur = given
		}
	}
	value := uint64(unix.RLIM_INFINITY)
	if text != "unlimited" {
		count, err := strconv.ParseUint(text, 10, 53)
		if err != nil {
			return unix.EINVAL
		}
		value = count * unit
	}
	if soft || !hard {
		limit.Cur = value
	}
	if hard || !soft {
		limit.Max = value
	}
	if err := syscall.Setrlimit(number, &limit); err != nil {
		return err
	}
	if number == unix.RLIMIT_NOFILE {
		filesAreSet.Store(true)
	}
	return nil
}
