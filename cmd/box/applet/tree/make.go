package tree

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// mkdir makes directories. See mkdir(1).
func mkdir(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "p|parents m|mode:")
	if !ok {
		return status
	}
	mode, ok := modeValue(e, f, 0o777)
	if !ok || len(names) == 0 {
		return e.Misuse("want names of directories, and an octal mode")
	}
	for _, name := range names {
		err := os.Mkdir(name, os.FileMode(mode&0o777))
		if f.Has("p") {
			err = os.MkdirAll(name, 0o777)
		}
		// mkdir(2) takes the umask off; an explicit mode is meant as it is.
		if err == nil && f.Has("m") {
			err = unix.Chmod(name, mode)
		}
		if err != nil {
			status = e.Fail(name, err)
		}
	}
	return status
}

// modeValue reads the octal number of -m.
func modeValue(e *applet.Env, f applet.Flags, fallback uint32) (uint32, bool) {
	if !f.Has("m") {
		return fallback, true
	}
	mode, err := strconv.ParseUint(f.Value("m", ""), 8, 12)
	return uint32(mode), err == nil
}

// rmdir removes empty directories. See rmdir(1).
func rmdir(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "p|parents")
	if !ok {
		return status
	}
	if len(names) == 0 {
		return e.Misuse("missing directory")
	}
	for _, name := range names {
		for dir := name; dir != "." && dir != "/"; dir = filepath.Dir(dir) {
			if err := unix.Rmdir(dir); err != nil {
				status = e.Fail(dir, err)
				break
			}
			if !f.Has("p") {
				break
			}
		}
	}
	return status
}

// touch sets a file's times to now, and makes it if it is missing.
func touch(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "c|no-create")
	if !ok {
		return status
	}
	if len(names) == 0 {
		return e.Misuse("missing file")
	}
	for _, name := range names {
		now := time.Now()
		err := os.Chtimes(name, now, now)
		if os.IsNotExist(err) {
			if f.Has("c") {
				continue
			}
			var file *os.File
			if file, err = os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666); err == nil {
				err = file.Close()
			}
		}
		if err != nil {
			status = e.Fail(name, err)
		}
	}
	return status
}

// mknod makes a device or a named pipe. See mknod(2).
func mknod(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "m|mode:")
	if !ok {
		return status
	}
	mode, ok := modeValue(e, f, 0o666)
	if !ok || len(args) < 2 {
		return e.Misuse("want a name and a type")
	}
	var device uint64
	switch args[1] {
	case "p":
		mode |= unix.S_IFIFO
	case "c", "u":
		mode |= unix.S_IFCHR
	case "b":
		mode |= unix.S_IFBLK
	default:
		return e.Misuse("unknown type '" + args[1] + "'")
	}
	if args[1] != "p" {
		if len(args) != 4 {
			return e.Misuse("a device needs a major and a minor number")
		}
		major, err1 := strconv.ParseUint(args[2], 0, 32)
		minor, err2 := strconv.ParseUint(args[3], 0, 32)
		if err1 != nil || err2 != nil {
			return e.Misuse("'" + args[2] + " " + args[3] + "' are no device numbers")
		}
		device = unix.Mkdev(uint32(major), uint32(minor))
	}
	if err := unix.Mknod(args[0], mode, int(device)); err != nil {
		return e.Fail(args[0], err)
	}
	return applet.OK
}

// mkfifo makes named pipes. See fifo(7).
func mkfifo(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "m|mode:")
	if !ok {
		return status
	}
	mode, ok := modeValue(e, f, 0o666)
	if !ok || len(names) == 0 {
		return e.Misuse("want names, and an octal mode")
	}
	for _, name := range names {
		if err := unix.Mkfifo(name, mode); err != nil {
			status = e.Fail(name, err)
		}
	}
	return status
}

// mktemp makes a file or directory with a new name and prints it.
func mktemp(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "d|directory p|tmpdir: t q")
	if !ok {
		return status
	}
	dir := f.Value("p", os.Getenv("TMPDIR"))
	if dir == "" {
		dir = "/tmp"
	}
	template := "tmp.XXXXXX"
	if len(args) > 0 {
		template = args[0]
		if !f.Has("p") && !f.Has("t") {
			dir, template = filepath.Split(args[0])
			if dir == "" {
				dir = "."
			}
		}
	}
	stem := strings.TrimRight(template, "X")
	if len(template)-len(stem) < 3 {
		return e.Misuse("the template '" + template + "' does not end in XXX")
	}
	var name string
	var err error
	if f.Has("d") {
		name, err = os.MkdirTemp(dir, stem+"*")
	} else {
		var file *os.File
		if file, err = os.CreateTemp(dir, stem+"*"); err == nil {
			name, err = file.Name(), file.Close()
		}
	}
	if err != nil {
		return e.Fail(filepath.Join(dir, template), err)
	}
	e.Out.WriteString(name + "\n")
	return applet.OK
}

// truncate sets the length of files.
func truncate(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "s|size: c|no-create")
	if !ok {
		return status
	}
	size, ok := applet.Bytes(f.Value("s", ""))
	if !ok || len(names) == 0 {
		return e.Misuse("want a size and names")
	}
	for _, name := range names {
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666)
		if err == nil {
			err = file.Truncate(size)
			file.Close()
		}
		if err != nil {
			status = e.Fail(name, err)
		}
	}
	return status
}

func sync(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	unix.Sync()
	return applet.OK
}
