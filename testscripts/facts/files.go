package facts

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// file looks at a path as a process sees it, through /proc/PID/root:
//
//	file PATH [in=PROCESS] [type=T] [mode=OCTAL] [device=MAJOR:MINOR] [text=REGEXP] [entries=N]
//
// T is file, dir, link, char, block, fifo or socket; entries counts what is in a
// folder.
func file(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "file PATH [in=PROCESS] [type=T] [mode=OCTAL] [device=MAJOR:MINOR] [text=REGEXP] [entries=N]",
		1, "in", "type", "mode", "device", "text", "entries")
	if err != nil {
		return Observation{}, err
	}
	asked := q.asked("type", "mode", "device", "text", "entries")
	expected := "something there" + asked
	p, err := q.in(w)
	if err != nil {
		return missing(q.pos[0]+" as "+q.opt["in"]+" sees it", expected, err)
	}
	o := Observation{Looked: q.pos[0], Expected: expected, Absent: "nothing there" + asked}
	if _, ok := q.opt["in"]; ok {
		o.Looked += " as " + p.String() + " sees it"
	}
	if _, err := os.Stat(seen(p, "/")); errors.Is(err, fs.ErrNotExist) {
		return missing(o.Looked, expected, ended(p, err))
	}
	path := seen(p, q.pos[0])
	info, err := os.Lstat(path)
	if err != nil {
		o.Found = "nothing"
		if _, err := os.Lstat(filepath.Dir(path)); err != nil {
			o.Dead = filepath.Dir(q.pos[0]) + " does not exist either"
			o.Found = o.Dead
		}
		return o, nil
	}
	return describe(o, q, path, info)
}

// describe compares what is at path with what was asked for.
func describe(o Observation, q words, path string, info fs.FileInfo) (Observation, error) {
	stat := info.Sys().(*syscall.Stat_t)
	device := fmt.Sprintf("%d:%d", unix.Major(uint64(stat.Rdev)), unix.Minor(uint64(stat.Rdev)))
	o.Found = fmt.Sprintf("%s, mode %04o", fileType(info.Mode()), stat.Mode&0o7777)
	o.Holds = true
	if info.Mode()&fs.ModeDevice != 0 {
		o.Found += ", device " + device
	}
	if want, ok := q.opt["type"]; ok && want != fileType(info.Mode()) {
		o.Holds = false
	}
	if want, ok := q.opt["device"]; ok && want != device {
		o.Holds = false
	}
	if want, ok := q.opt["mode"]; ok {
		mode, err := strconv.ParseUint(want, 8, 32)
		if err != nil {
			return Observation{}, fmt.Errorf("file: mode %q is not octal", want)
		}
		o.Holds = o.Holds && uint32(mode) == stat.Mode&0o7777
	}
	if want, ok := q.opt["entries"]; ok {
		entries, err := os.ReadDir(path)
		if err != nil {
			return Observation{}, err
		}
		o.Found += fmt.Sprintf(", %d entries", len(entries))
		o.Holds = o.Holds && strconv.Itoa(len(entries)) == want
	}
	if want, ok := q.opt["text"]; ok {
		re, err := regexp.Compile(want)
		if err != nil {
			return Observation{}, err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return Observation{}, err
		}
		o.Found += fmt.Sprintf(", text %q", shorten(string(text)))
		o.Holds = o.Holds && re.Match(text)
	}
	return o, nil
}

// inode compares two paths: the same inode on the same device is the same
// file, whatever it is called (inode(7)):
//
//	inode PATH same|differs PATH [in=PROCESS] [than=PROCESS]
//
// The first path is seen by in, the second by than. `fd:N` in the place of a path
// is what the process has open under that number (proc_pid_fd(5)): the file itself,
// whatever lies over its name.
func inode(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "inode PATH same|differs PATH [in=PROCESS] [than=PROCESS]", 3, "in", "than")
	if err != nil {
		return Observation{}, err
	}
	a, err := q.in(w)
	if err != nil {
		return missing(q.pos[0], q.pos[1], err)
	}
	b, err := words{opt: map[string]string{"in": orSelf(q.opt["than"])}}.in(w)
	if err != nil {
		return missing(q.pos[2], q.pos[1], err)
	}
	var left, right unix.Stat_t
	for _, each := range []struct {
		of   Process
		path string
		stat *unix.Stat_t
	}{{a, q.pos[0], &left}, {b, q.pos[2], &right}} {
		err := unix.Stat(seen(each.of, each.path), each.stat)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
			none := &NoProcessError{Reason: fmt.Sprintf("%s does not have %s", each.of, each.path)}
			return missing("the inode of "+each.path, q.pos[1]+" as "+q.pos[2], none)
		}
		if err != nil {
			return Observation{}, fmt.Errorf("reading the inode of %s: %w", each.path, err)
		}
	}
	same := left.Ino == right.Ino && left.Dev == right.Dev
	o := Observation{
		Looked:   fmt.Sprintf("the inode of %s as %s sees it", q.pos[0], a),
		Found:    fmt.Sprintf("%d on device %#x", left.Ino, left.Dev),
		Expected: fmt.Sprintf("the same as %s has for %s, %d on device %#x", b, q.pos[2], right.Ino, right.Dev),
		Holds:    same,
	}
	if q.pos[1] == "differs" {
		o.Holds = !same
		o.Expected = fmt.Sprintf("another than %s has for %s, %d on device %#x", b, q.pos[2], right.Ino, right.Dev)
	}
	return o, nil
}

// seen returns the path by which this process reaches what p calls path.
func seen(p Process, path string) string {
	if fd, ok := strings.CutPrefix(path, "fd:"); ok {
		return fmt.Sprintf("/proc/%d/fd/%s", p.PID, fd)
	}
	if p.PID == os.Getpid() {
		return path
	}
	return filepath.Join(fmt.Sprintf("/proc/%d/root", p.PID), path)
}

func orSelf(expr string) string {
	if expr == "" {
		return "self"
	}
	return expr
}

func fileType(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return "file"
	case m.IsDir():
		return "dir"
	case m&fs.ModeSymlink != 0:
		return "link"
	case m&fs.ModeCharDevice != 0:
		return "char"
	case m&fs.ModeDevice != 0:
		return "block"
	case m&fs.ModeNamedPipe != 0:
		return "fifo"
	}
	return "socket"
}

// shorten keeps a found text to what fits on a line.
func shorten(s string) string {
	const most = 120
	s = strings.TrimSpace(s)
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
