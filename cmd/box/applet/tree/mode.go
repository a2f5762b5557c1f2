package tree

import (
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/id"
)

// chmod changes who may do what with a file. See chmod(1).
func chmod(e *applet.Env, args []string) int {
	recursive := false
	// A mode may start with a dash (-x), so that the flags are read by hand.
	for len(args) > 0 && (args[0] == "-R" || args[0] == "--") {
		recursive, args = recursive || args[0] == "-R", args[1:]
	}
	if len(args) > 0 && strings.HasPrefix(args[0], "--") {
		return e.Misuse("unknown option '" + args[0] + "'")
	}
	if len(args) < 2 {
		return e.Misuse("want a mode and files")
	}
	mask := unix.Umask(0)
	unix.Umask(mask)
	if _, ok := change(args[0], 0, uint32(mask)); !ok {
		return e.Misuse("unknown mode '" + args[0] + "'")
	}
	status := applet.OK
	for _, name := range args[1:] {
		each(name, recursive, func(path string) {
			var st unix.Stat_t
			err := unix.Lstat(path, &st)
			if err == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
				if path != name { // links met on the way are not followed
					return
				}
				err = unix.Stat(path, &st)
			}
			if err == nil {
				mode, _ := change(args[0], st.Mode, uint32(mask))
				err = unix.Chmod(path, mode)
			}
			if err != nil {
				status = e.Fail(path, err)
			}
		})
	}
	return status
}

// each calls work with name and, if recursive, all below it.
func each(name string, recursive bool, work func(path string)) {
	if !recursive {
		work(name)
		return
	}
	filepath.WalkDir(name, func(path string, _ fs.DirEntry, err error) error {
		work(path)
		return nil
	})
}

// change applies an octal mode, or clauses such as u+rx,go-w, to a mode.
func change(text string, mode, umask uint32) (uint32, bool) {
	if n, err := strconv.ParseUint(text, 8, 12); err == nil {
		return uint32(n), true
	}
	isDir := mode&unix.S_IFMT == unix.S_IFDIR
	mode &= 0o7777
	for clause := range strings.SplitSeq(text, ",") {
		at := strings.IndexAny(clause, "+-=")
		if at < 0 || strings.Trim(clause[:at], "ugoa") != "" {
			return 0, false
		}
		bits, ok := permissions(clause[at+1:], isDir || mode&0o111 != 0)
		if !ok {
			return 0, false
		}
		who := classes(clause[:at])
		if clause[:at] == "" { // nobody named: all, but for what the umask keeps
			who = 0o7777 &^ umask
		}
		switch clause[at] {
		case '+':
			mode |= bits & who
		case '-':
			mode &^= bits & who
		case '=':
			mode = mode&^(who&0o777) | bits&who
		}
	}
	return mode, true
}

// classes are the bits that belong to the letters before the sign.
func classes(letters string) uint32 {
	var who uint32
	for _, letter := range letters {
		switch letter {
		case 'u':
			who |= 0o4700
		case 'g':
			who |= 0o2070
		case 'o':
			who |= 0o0007
		case 'a':
			who |= 0o6777
		}
	}
	return who | 0o1000 // the sticky bit is nobody's
}

// permissions are the bits that the letters behind the sign mean for all.
func permissions(letters string, executable bool) (bits uint32, ok bool) {
	for _, letter := range letters {
		switch letter {
		case 'r':
			bits |= 0o444
		case 'w':
			bits |= 0o222
		case 'x':
			bits |= 0o111
		case 'X': // for directories, and for what someone may execute already
			if executable {
				bits |= 0o111
			}
		case 's':
			bits |= 0o6000
		case 't':
			bits |= 0o1000
		default:
			return 0, false
		}
	}
	return bits, true
}

// chown changes whose a file is. See chown(1).
func chown(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "R|recursive h|no-dereference")
	if !ok {
		return status
	}
	if len(args) < 2 {
		return e.Misuse("want an owner and files")
	}
	owner, group, _ := strings.Cut(strings.Replace(args[0], ".", ":", 1), ":")
	uid, gid := -1, -1 // leaves it as it is: chown(2)
	if owner != "" {
		n, known := id.Users().Number(owner)
		if !known {
			return e.Complain("unknown user '" + owner + "'")
		}
		uid = int(n)
	}
	if group != "" {
		n, known := id.Groups().Number(group)
		if !known {
			return e.Complain("unknown group '" + group + "'")
		}
		gid = int(n)
	}
	call := unix.Chown
	if f.Has("h") || f.Has("R") {
		call = unix.Lchown
	}
	for _, name := range args[1:] {
		each(name, f.Has("R"), func(path string) {
			if err := call(path, uid, gid); err != nil {
				status = e.Fail(path, err)
			}
		})
	}
	return status
}
