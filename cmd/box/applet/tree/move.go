package tree

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// mv renames files, or copies and removes them where they go to another file
// system. See mv(1), rename(2).
func mv(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "f|force n|no-clobber")
	if !ok {
		return status
	}
	if len(args) < 2 {
		return e.Misuse("want a source and a target")
	}
	target, sources := args[len(args)-1], args[:len(args)-1]
	if !isDir(target) && len(sources) > 1 {
		return e.Complain(target + ": Not a directory")
	}
	for _, source := range sources {
		to := target
		if isDir(target) {
			to = filepath.Join(target, filepath.Base(source))
		}
		if _, err := os.Lstat(to); err == nil && f.Has("n") {
			continue
		}
		err := unix.Rename(source, to)
		if errors.Is(err, unix.EXDEV) {
			c := &copier{e: e, recursive: true, keep: true, keepLinks: true}
			if c.copy(source, to); c.status != applet.OK {
				status = c.status
				continue
			}
			err = os.RemoveAll(source)
		}
		if err != nil {
			status = e.Fail("moving "+source+" to "+to, err)
		}
	}
	return status
}

// rm removes files and, with -r, trees. See rm(1).
func rm(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "r|recursive R f|force")
	if !ok {
		return status
	}
	if len(names) == 0 && !f.Has("f") {
		return e.Misuse("missing file")
	}
	for _, name := range names {
		if base := filepath.Base(name); base == "." || base == ".." || base == "/" {
			status = e.Complain("refusing to remove '" + name + "'")
			continue
		}
		err := remove(name, f.Has("r") || f.Has("R"))
		if err != nil && !(f.Has("f") && os.IsNotExist(err)) {
			status = e.Fail(name, err)
		}
	}
	return status
}

func remove(name string, recursive bool) error {
	var st unix.Stat_t
	if err := unix.Lstat(name, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return unix.Unlink(name)
	}
	if !recursive {
		return unix.EISDIR
	}
	return os.RemoveAll(name)
}

// ln gives a file another name, or makes a symbolic link. See ln(1).
func ln(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "s|symbolic f|force n|no-dereference v")
	if !ok {
		return status
	}
	if len(args) == 1 {
		args = append(args, filepath.Base(args[0]))
	}
	if len(args) < 2 {
		return e.Misuse("want a target and a name")
	}
	last := args[len(args)-1]
	into := isDir(last) && !(f.Has("n") && isLink(last))
	if len(args) > 2 && !into {
		return e.Complain(last + ": Not a directory")
	}
	for _, target := range args[:len(args)-1] {
		link := last
		if into {
			link = filepath.Join(last, filepath.Base(target))
		}
		if f.Has("f") {
			os.Remove(link)
		}
		call := unix.Link
		if f.Has("s") {
			call = unix.Symlink
		}
		if err := call(target, link); err != nil {
			status = e.Fail(link, err)
		}
	}
	return status
}

func isLink(path string) bool {
	_, err := os.Readlink(path)
	return err == nil
}
