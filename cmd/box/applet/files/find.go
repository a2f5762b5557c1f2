package files

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
)

// test is one condition of a find; all must hold.
type test func(path string, st *unix.Stat_t) bool

type finder struct {
	e                  *applet.Env
	tests              []test
	mindepth, maxdepth int
	xdev               bool
	device             uint64 // of the starting point, for xdev
	end                string
	status             int
}

// find walks trees and prints the paths for which all tests hold. See find(1);
// there is no -o, no parentheses and no -exec: `find … | xargs` does that.
func find(e *applet.Env, args []string) int {
	f := &finder{e: e, maxdepth: 1 << 30, end: "\n"}
	var roots []string
	for len(args) > 0 && !strings.HasPrefix(args[0], "-") && args[0] != "!" {
		roots, args = append(roots, args[0]), args[1:]
	}
	if wrong := f.expression(args); wrong != "" {
		return e.Misuse(wrong)
	}
	if len(roots) == 0 {
		roots = []string{"."}
	}
	for _, root := range roots {
		var st unix.Stat_t
		if err := unix.Lstat(root, &st); err != nil {
			f.status = e.Fail(root, err)
			continue
		}
		f.device = uint64(st.Dev)
		f.walk(root, 0)
	}
	return f.status
}

func (f *finder) expression(args []string) (wrong string) {
	negate := false
	for len(args) > 0 {
		name := args[0]
		args = args[1:]
		switch name {
		case "!", "-not":
			negate = !negate
			continue
		case "-print", "-a", "-and":
			continue
		case "-print0":
			f.end = "\x00"
			continue
		case "-xdev", "-mount":
			f.xdev = true
			continue
		case "-empty":
			f.add(empty, negate)
			negate = false
			continue
		}
		if !strings.Contains(" -name -iname -path -type -links -perm -user -maxdepth -mindepth ", " "+name+" ") {
			return "unknown predicate '" + name + "'"
		}
		if len(args) == 0 {
			return "predicate '" + name + "' needs a value"
		}
		if wrong := f.predicate(name, args[0], negate); wrong != "" {
			return wrong
		}
		negate, args = false, args[1:]
	}
	return ""
}

func (f *finder) add(t test, negate bool) {
	f.tests = append(f.tests, func(path string, st *unix.Stat_t) bool { return t(path, st) != negate })
}

// predicate adds a test that has a value.
func (f *finder) predicate(name, value string, negate bool) (wrong string) {
	n, notNumber := strconv.Atoi(value)
	switch name {
	case "-maxdepth", "-mindepth", "-links":
		if notNumber != nil {
			return "'" + value + "' is not a number"
		}
	}
	switch name {
	case "-maxdepth":
		f.maxdepth = n
	case "-mindepth":
		f.mindepth = n
	case "-name", "-iname":
		f.add(matches(value, name == "-iname"), negate)
	case "-path":
		f.add(func(path string, _ *unix.Stat_t) bool { return glob(value, path) }, negate)
	case "-type":
		letters := strings.ReplaceAll(value, "f", "-")
		f.add(func(_ string, st *unix.Stat_t) bool { return strings.IndexByte(letters, typeLetter(st.Mode)) >= 0 }, negate)
	case "-links":
		f.add(func(_ string, st *unix.Stat_t) bool { return int(st.Nlink) == n }, negate)
	case "-perm":
		all := strings.HasPrefix(value, "-")
		mode, err := strconv.ParseUint(strings.TrimPrefix(value, "-"), 8, 32)
		if err != nil {
			return "only octal modes are supported, not '" + value + "'"
		}
		f.add(func(_ string, st *unix.Stat_t) bool {
			bits := uint64(st.Mode & 0o7777)
			return bits == mode || all && bits&mode == mode
		}, negate)
	case "-user":
		uid, ok := id.Users().Number(value)
		if !ok {
			return "no such user '" + value + "'"
		}
		f.add(func(_ string, st *unix.Stat_t) bool { return st.Uid == uid }, negate)
	}
	return ""
}

func matches(pattern string, fold bool) test {
	if fold {
		pattern = strings.ToLower(pattern)
	}
	return func(path string, _ *unix.Stat_t) bool {
		name := filepath.Base(path)
		if fold {
			name = strings.ToLower(name)
		}
		return glob(pattern, name)
	}
}

// glob is fnmatch(3) without flags: a star also matches slashes.
func glob(pattern, name string) bool {
	const slash = "\x00" // no file name holds it
	ok, err := filepath.Match(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(name, "/", slash))
	return err == nil && ok
}

func empty(path string, st *unix.Stat_t) bool {
	if typeLetter(st.Mode) != 'd' {
		return typeLetter(st.Mode) == '-' && st.Size == 0
	}
	entries, err := os.ReadDir(path)
	return err == nil && len(entries) == 0
}

func (f *finder) walk(path string, depth int) {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		f.status = f.e.Fail(path, err)
		return
	}
	if depth >= f.mindepth && f.all(path, &st) {
		f.e.Out.WriteString(path + f.end)
	}
	if typeLetter(st.Mode) != 'd' || depth >= f.maxdepth || f.xdev && uint64(st.Dev) != f.device {
		return
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		f.status = f.e.Fail(path, err)
	}
	for _, entry := range entries {
		f.walk(strings.TrimSuffix(path, "/")+"/"+entry.Name(), depth+1)
	}
}

func (f *finder) all(path string, st *unix.Stat_t) bool {
	for _, t := range f.tests {
		if !t(path, st) {
			return false
		}
	}
	return true
}
