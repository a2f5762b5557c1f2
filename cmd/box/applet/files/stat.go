package files

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
)

// stat shows what an inode holds. See stat(1), stat(2).
func stat(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "c|format: L|dereference")
	if !ok {
		return status
	}
	if len(names) == 0 {
		return e.Misuse("missing file")
	}
	call := unix.Lstat
	if f.Has("L") {
		call = unix.Stat
	}
	d := description{users: id.Users(), groups: id.Groups()}
	for _, name := range names {
		if err := call(name, &d.st); err != nil {
			status = e.Fail(name, err)
			continue
		}
		d.name = name
		if !f.Has("c") {
			e.Out.WriteString(d.whole())
			continue
		}
		text, unknown := d.format(f.Value("c", ""))
		if unknown != "" {
			return e.Misuse("unknown directive '" + unknown + "'")
		}
		e.Out.WriteString(text + "\n")
	}
	return status
}

// description is what stat says of one file.
type description struct {
	name          string
	st            unix.Stat_t
	users, groups id.Table
}

func (d description) format(format string) (text, unknown string) {
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		value, ok := d.directive(format[i])
		if !ok {
			return "", "%" + string(format[i])
		}
		b.WriteString(value)
	}
	return b.String(), ""
}

func (d description) directive(letter byte) (string, bool) {
	number := func(n uint64) (string, bool) { return strconv.FormatUint(n, 10), true }
	switch letter {
	case '%':
		return "%", true
	case 'n':
		return d.name, true
	case 'N':
		return d.quotedName(), true
	case 'i':
		return number(d.st.Ino)
	case 'a':
		return strconv.FormatUint(uint64(d.st.Mode&0o7777), 8), true
	case 'A':
		return modeString(d.st.Mode), true
	case 'f':
		return strconv.FormatUint(uint64(d.st.Mode), 16), true
	case 'u':
		return number(uint64(d.st.Uid))
	case 'U':
		return d.users.Name(d.st.Uid), true
	case 'g':
		return number(uint64(d.st.Gid))
	case 'G':
		return d.groups.Name(d.st.Gid), true
	case 's':
		return number(uint64(d.st.Size))
	case 'b':
		return number(uint64(d.st.Blocks))
	case 'B':
		return "512", true
	case 'F':
		return typeName(&d.st), true
	case 'h':
		return number(uint64(d.st.Nlink))
	case 'd':
		return number(uint64(d.st.Dev))
	}
	return d.rare(letter)
}

// rare are the directives for devices and times.
func (d description) rare(letter byte) (string, bool) {
	switch letter {
	case 't':
		return strconv.FormatUint(uint64(unix.Major(d.st.Rdev)), 16), true
	case 'T':
		return strconv.FormatUint(uint64(unix.Minor(d.st.Rdev)), 16), true
	case 'x', 'X':
		return d.time(d.st.Atim, letter == 'X'), true
	case 'y', 'Y':
		return d.time(d.st.Mtim, letter == 'Y'), true
	case 'z', 'Z':
		return d.time(d.st.Ctim, letter == 'Z'), true
	}
	return "", false
}

func (d description) time(at unix.Timespec, seconds bool) string {
	if seconds {
		return strconv.FormatInt(at.Sec, 10)
	}
	return time.Unix(at.Unix()).Format("2006-01-02 15:04:05.000000000 -0700")
}

func (d description) quotedName() string {
	text := "'" + d.name + "'"
	if to, err := os.Readlink(d.name); err == nil {
		text += " -> '" + to + "'"
	}
	return text
}

// whole is the output without a format.
func (d description) whole() string {
	text, _ := d.format(fmt.Sprintf("  File: %%N\n  Size: %%s\tBlocks: %%b\tIO Block: %d\t%%F\n"+
		"Device: %d,%d\tInode: %%i\tLinks: %%h", d.st.Blksize, unix.Major(uint64(d.st.Dev)), unix.Minor(uint64(d.st.Dev))))
	if letter := typeLetter(d.st.Mode); letter == 'c' || letter == 'b' {
		text += fmt.Sprintf("\tDevice type: %d,%d", unix.Major(d.st.Rdev), unix.Minor(d.st.Rdev))
	}
	rest, _ := d.format("\nAccess: (%a/%A)\tUid: (%u/%U)\tGid: (%g/%G)\nAccess: %x\nModify: %y\nChange: %z\n")
	return text + rest
}
