package rootfs

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// ErrLink says that a symbolic link stands where none may.
var ErrLink = errors.New("a symbolic link leads to it, and it has to be an ordinary file or folder of the image")

// isKernels says whether a path belongs to the kernel's file systems, on which
// the protection of the machine rests. An image that had a link on the way there
// could have them mounted anywhere, and look in vain for what is to be masked.
func isKernels(name string) bool {
	for _, top := range []string{"/proc", "/sys", "/dev"} {
		if within(top, name) {
			return true
		}
	}
	return false
}

// within says whether name is top or lies below it, as far as the text tells.
func within(top, name string) bool {
	name = path.Join("/", name)
	return name == top || strings.HasPrefix(name, top+"/")
}

// openStrictly opens what name means inside the root if it is a way of ordinary
// folders, without any link. See openat2(2), RESOLVE_NO_SYMLINKS.
func (r *Root) openStrictly(name string) (*os.File, error) {
	below := strings.TrimPrefix(path.Join("/", name), "/")
	if below == "" {
		below = "."
	}
	how := &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
	}
	for {
		fd, err := unix.Openat2(int(r.dir.Fd()), below, how)
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), name), nil
		case unix.EAGAIN, unix.EINTR:
			continue
		case unix.ELOOP:
			return nil, &os.PathError{Op: "open", Path: name, Err: ErrLink}
		default:
			return nil, &os.PathError{Op: "open", Path: name, Err: err}
		}
	}
}

// ensure returns name, opened with O_PATH, and makes it first where it is not
// there: a directory (S_IFDIR) or an empty file (S_IFREG). On the way to the
// kernel's file systems it refuses every link.
func (r *Root) ensure(name string, kind uint32) (*os.File, error) {
	if isKernels(name) {
		return r.ensureStrictly(name, kind)
	}
	return r.follow(name, kind)
}

func (r *Root) ensureStrictly(name string, kind uint32) (*os.File, error) {
	found, err := r.openStrictly(name)
	if errors.Is(err, unix.ENOENT) {
		return r.walk(name, kind, false)
	}
	return found, err
}

func (r *Root) follow(name string, kind uint32) (*os.File, error) {
	found, err := r.OpenPath(name, unix.O_PATH)
	if errors.Is(err, unix.ENOENT) {
		return r.walk(name, kind, true)
	}
	return found, err
}

func (r *Root) walk(name string, kind uint32, follow bool) (*os.File, error) {
	w := walk{follow: follow, dirs: []*os.File{r.dir}, rest: split(path.Join("/", name))}
	defer w.close()
	return w.toEnd(kind)
}

// walk goes down a path by its parts, holding open each folder on the way. What
// is missing it makes where it stands, so that a link that leads nowhere, as
// that of /etc/resolv.conf into an empty /run, leads somewhere afterwards. It
// never climbs above the first folder, and so stays inside the root wherever the
// links of an image lead.
type walk struct {
	follow bool       // links, as text; else they are refused
	dirs   []*os.File // the root and the folders below it that lead here
	rest   []string   // of the path
	links  int        // followed so far
}

// maxLinks is the kernel's own bound. See path_resolution(7).
const maxLinks = 40

func split(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return r == '/' })
}

// close lets go of the folders, but not of the root.
func (w *walk) close() {
	for len(w.dirs) > 1 {
		w.leave()
	}
}

// leave goes back to the folder above.
func (w *walk) leave() {
	last := len(w.dirs) - 1
	w.dirs[last].Close()
	w.dirs = w.dirs[:last]
}

// toEnd goes to the end of the path, of which the last part becomes what kind
// says.
func (w *walk) toEnd(kind uint32) (*os.File, error) {
	for len(w.rest) > 0 {
		part := w.rest[0]
		w.rest = w.rest[1:]
		switch part {
		case ".":
			continue
		case "..":
			if len(w.dirs) > 1 {
				w.leave()
			}
			continue
		}
		want := uint32(unix.S_IFDIR)
		if len(w.rest) == 0 {
			want = kind
		}
		next, isLink, err := w.step(part, want)
		if err != nil {
			return nil, err
		}
		if isLink {
			err = w.turn(next)
			next.Close()
			if err != nil {
				return nil, err
			}
			continue
		}
		if len(w.rest) == 0 {
			return next, nil
		}
		w.dirs = append(w.dirs, next)
	}
	// The path ended in a "..", or was the root.
	return reopen(w.dirs[len(w.dirs)-1])
}

// step opens part in the folder it has come to, and makes it if it is missing.
func (w *walk) step(part string, want uint32) (next *os.File, isLink bool, err error) {
	dir := int(w.dirs[len(w.dirs)-1].Fd())
	for {
		fd, err := unix.Openat(dir, part, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		if err == nil {
			var stat unix.Stat_t
			err = unix.Fstat(fd, &stat)
			return os.NewFile(uintptr(fd), part), stat.Mode&unix.S_IFMT == unix.S_IFLNK, err
		}
		if errors.Is(err, unix.ENOENT) {
			err = makeNode(dir, part, want)
		}
		if err != nil && !errors.Is(err, unix.EEXIST) && !errors.Is(err, unix.EINTR) {
			return nil, false, &os.PathError{Op: "make", Path: part, Err: err}
		}
	}
}

// makeNode makes a directory or a file. Nobody but who races with us can have
// put something there meanwhile, and then that is looked at (EEXIST).
func makeNode(dir int, name string, kind uint32) error {
	if kind == unix.S_IFDIR {
		return unix.Mkdirat(dir, name, 0o755)
	}
	return unix.Mknodat(dir, name, unix.S_IFREG|0o644, 0)
}

// turn goes on where a link leads. The links of /proc that lead to open files
// and to other processes' roots are no text, though they can be read as such:
// none of that file system is followed.
func (w *walk) turn(link *os.File) error {
	if !w.follow {
		return fmt.Errorf("%s: %w", link.Name(), ErrLink)
	}
	if w.links++; w.links > maxLinks {
		return &os.PathError{Op: "open", Path: link.Name(), Err: unix.ELOOP}
	}
	if kind, err := fileSystem(link); err != nil || kind == unix.PROC_SUPER_MAGIC {
		return errors.Join(&os.PathError{Op: "open", Path: link.Name(), Err: unix.ELOOP}, err)
	}
	text := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(int(link.Fd()), "", text)
	if err != nil {
		return &os.PathError{Op: "readlink", Path: link.Name(), Err: err}
	}
	target := string(text[:n])
	if path.IsAbs(target) {
		w.close() // from the root again
	}
	w.rest = append(split(target), w.rest...)
	return nil
}

// reopen returns a descriptor of its own for an open directory.
func reopen(dir *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(dir.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), dir.Name()), nil
}

// fileSystem tells the kind of file system that a file lies in, by its magic
// number. See statfs(2).
func fileSystem(file *os.File) (int64, error) {
	var stat unix.Statfs_t
	err := unix.Fstatfs(int(file.Fd()), &stat)
	return int64(stat.Type), err
}

func isFolder(file *os.File) (bool, error) {
	var stat unix.Stat_t
	err := unix.Fstat(int(file.Fd()), &stat)
	return stat.Mode&unix.S_IFMT == unix.S_IFDIR, err
}
