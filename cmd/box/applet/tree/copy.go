package tree

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// copier is one run of cp.
type copier struct {
	e                          *applet.Env
	recursive, keep, keepLinks bool
	force                      bool
	status                     int
}

// cp copies files and trees. See cp(1).
func cp(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "r|recursive R a|archive p|preserve d P|no-dereference L f|force")
	if !ok {
		return status
	}
	if len(args) < 2 {
		return e.Misuse("want a source and a target")
	}
	c := &copier{
		e: e, recursive: f.Has("r") || f.Has("R") || f.Has("a"), keep: f.Has("a") || f.Has("p"), force: f.Has("f"),
	}
	// A tree is copied with its links, unless -L asks for what they lead to.
	c.keepLinks = (f.Has("a") || f.Has("d") || f.Has("P") || c.recursive) && !f.Has("L")
	target := args[len(args)-1]
	sources := args[:len(args)-1]
	if !isDir(target) && len(sources) > 1 {
		return e.Complain(target + ": Not a directory")
	}
	for _, source := range sources {
		to := target
		if isDir(target) {
			to = filepath.Join(target, filepath.Base(source))
		}
		c.copy(source, to)
	}
	return c.status
}

func isDir(path string) bool {
	var st unix.Stat_t
	return unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}

func (c *copier) copy(from, to string) {
	var st unix.Stat_t
	call := unix.Stat
	if c.keepLinks {
		call = unix.Lstat
	}
	if err := call(from, &st); err != nil {
		c.status = c.e.Fail(from, err)
		return
	}
	kind := st.Mode & unix.S_IFMT
	if kind == unix.S_IFDIR {
		c.directory(from, to, &st)
		return
	}
	var err error
	switch {
	case kind == unix.S_IFREG || !c.recursive:
		err = c.content(from, to, &st)
	case kind == unix.S_IFLNK:
		err = c.link(from, to)
	default:
		os.Remove(to)
		err = unix.Mknod(to, st.Mode, int(st.Rdev))
	}
	if err == nil && c.keep {
		err = attributes(to, &st)
	}
	if err != nil {
		c.status = c.e.Fail(to, err)
	}
}

func (c *copier) link(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	os.Remove(to)
	return os.Symlink(target, to)
}

func (c *copier) directory(from, to string, st *unix.Stat_t) {
	if !c.recursive {
		c.status = c.e.Complain(from + ": is a directory (use -r)")
		return
	}
	if inside(from, to) {
		c.status = c.e.Complain("cannot copy " + from + " into itself")
		return
	}
	// Writable for us while it is filled.
	if err := os.Mkdir(to, os.FileMode(st.Mode&0o777|0o700)); err != nil && !isDir(to) {
		c.status = c.e.Fail(to, err)
		return
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		c.status = c.e.Fail(from, err)
	}
	for _, entry := range entries {
		c.copy(filepath.Join(from, entry.Name()), filepath.Join(to, entry.Name()))
	}
	if c.keep {
		if err := attributes(to, st); err != nil {
			c.status = c.e.Fail(to, err)
		}
	}
}

// inside reports whether path lies below dir.
func inside(dir, path string) bool {
	a, err1 := filepath.Abs(dir)
	b, err2 := filepath.Abs(path)
	return err1 == nil && err2 == nil && strings.HasPrefix(b+"/", strings.TrimSuffix(a, "/")+"/")
}

func (c *copier) content(from, to string, st *unix.Stat_t) error {
	var target unix.Stat_t
	if unix.Stat(to, &target) == nil && target.Dev == st.Dev && target.Ino == st.Ino {
		return fmt.Errorf("'%s' is the same file", from)
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, os.FileMode(st.Mode&0o777))
	if err != nil && c.force {
		os.Remove(to)
		out, err = os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, os.FileMode(st.Mode&0o777))
	}
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if closed := out.Close(); err == nil {
		err = closed
	}
	return err
}

// attributes gives a copy the owner, mode and times of its original. The owner
// comes first: chown(2) clears the set-user-id bit.
func attributes(path string, st *unix.Stat_t) error {
	// Without the privilege the copy belongs to who made it, as with other cps.
	_ = unix.Lchown(path, int(st.Uid), int(st.Gid))
	if st.Mode&unix.S_IFMT != unix.S_IFLNK {
		if err := unix.Chmod(path, st.Mode&0o7777); err != nil {
			return err
		}
	}
	return unix.UtimesNanoAt(unix.AT_FDCWD, path, []unix.Timespec{st.Atim, st.Mtim}, unix.AT_SYMLINK_NOFOLLOW)
}
