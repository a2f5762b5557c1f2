package child

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Self is the path by which this program can be started again. Without /proc,
// as in a bare chroot, that is where the base image has it.
func Self() string {
	if _, err := os.Stat("/proc/self/exe"); err == nil {
		return "/proc/self/exe"
	}
	return "/bin/box"
}

// Path is where programs are looked for when PATH is not set.
const Path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Look finds a program as execvp(3) does: by its path if the name has a slash,
// else in the directories of path. Relative names count from dir, "" being the
// process' own directory. The error wraps fs.ErrNotExist or fs.ErrPermission.
func Look(name, path, dir string) (string, error) {
	if strings.Contains(name, "/") {
		if dir != "" && !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		return name, executable(name)
	}
	if path == "" {
		path = Path
	}
	found := error(unix.ENOENT)
	for _, in := range strings.Split(path, ":") {
		if in == "" {
			in = "."
		}
		if dir != "" && !filepath.IsAbs(in) {
			in = filepath.Join(dir, in)
		}
		err := executable(in + "/" + name)
		if err == nil {
			return in + "/" + name, nil
		}
		if errors.Is(err, fs.ErrPermission) {
			found = err // there is one, only not for us
		}
	}
	return "", found
}

func executable(path string) error {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		return unix.EACCES
	}
	// access(2) says yes to root for a file that nobody may execute.
	if st.Mode&0o111 == 0 {
		return unix.EACCES
	}
	return unix.Access(path, unix.X_OK)
}
