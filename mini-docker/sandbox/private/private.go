// Package private makes and checks the folders that a program trusts what it
// finds in: sockets that it hands its terminal to, programs that it runs.
//
//	err := private.Dir(filepath.Join(runtimeDir, "drydock"))
//
// Such a folder has to be this user's own and closed to others, and nobody else
// may be able to put another one in its place. The variables that say where it
// is may be somebody else's, as after su(1) without a dash, or lead to a folder
// for everybody. See the XDG Base Directory Specification, XDG_RUNTIME_DIR.
//
// The package is not for folders whose content is only shown.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrNotPrivate says that somebody else could have put something there.
var ErrNotPrivate = errors.New("not a private folder")

// Dir makes the folder, mode rwx------, with those above it, or checks one that
// is there. One that others can only read is closed to them.
func Dir(dir string) error {
	if !filepath.IsAbs(dir) {
		return fmt.Errorf("%w: %s is not an absolute path", ErrNotPrivate, dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return check(dir)
}

// check checks the folder and does not make it.
func check(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	owner, _ := ownerOf(info)
	switch {
	case !info.IsDir():
		return refused(dir, "is a link or a file, not a folder: remove it")
	case owner != os.Geteuid():
		return refused(dir, fmt.Sprintf("belongs to user %d, and you are %d: "+
			"unset the variable that names it (XDG_RUNTIME_DIR, XDG_CACHE_HOME), as `su -` does, or remove it", owner, os.Geteuid()))
	case info.Mode()&0o022 != 0:
		return refused(dir, "can be written to by others: remove it, or `chmod 700` it if you trust what is in it")
	}
	if err := checkAbove(filepath.Dir(dir)); err != nil {
		return err
	}
	if info.Mode()&0o077 != 0 {
		return os.Chmod(dir, 0o700)
	}
	return nil
}

// checkAbove makes sure that nobody else can rename what lies in the folder:
// it, and those above, are this user's or root's, and others may not write to
// them, or may only remove what is theirs (the sticky bit, see unlink(2)).
func checkAbove(dir string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return err
	}
	for {
		info, err := os.Stat(real)
		if err != nil {
			return err
		}
		owner, group := ownerOf(info)
		if owner != os.Geteuid() && owner != 0 && !foreign(owner) {
			return refused(real, fmt.Sprintf("belongs to user %d, who could exchange what you have in it: name another one", owner))
		}
		// A group of the user's own, as many distributions give, is no other.
		open := info.Mode()&0o002 != 0 || info.Mode()&0o020 != 0 && group != os.Getegid() && group != 0
		if open && info.Mode()&fs.ModeSticky == 0 {
			return refused(real, "can be written to by others, who could exchange what you have in it: name another one, or take the right from them")
		}
		if real == "/" {
			return nil
		}
		real = filepath.Dir(real)
	}
}

// foreign says whether the owner is shown as the one that stands for all that
// this user namespace does not know: as a rule the root around a container. Where
// the namespace knows every id it is a user like others. See user_namespaces(7),
// overflowuid.
func foreign(owner int) bool {
	const overflow = 65534
	ids, err := os.ReadFile("/proc/self/uid_map")
	return owner == overflow && err == nil && strings.Join(strings.Fields(string(ids)), " ") != "0 0 4294967295"
}

func ownerOf(info fs.FileInfo) (user, group int) {
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid)
}

func refused(dir, why string) error { return fmt.Errorf("%w: %s %s", ErrNotPrivate, dir, why) }
