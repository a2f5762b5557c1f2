package rootfs

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// A mount is made here before it has a place: as an open file that nobody else
// sees. It gets its options first and is attached last, by its descriptor to
// another descriptor, so that in between there is no path which could come to
// mean something else, and no instant in which it is writable that should not
// be. See fsopen(2), open_tree(2) and move_mount(2); Linux 5.2.

// detached makes the mount that m describes.
func detached(m specs.Mount, o options) (*os.File, error) {
	var made *os.File
	var err error
	if o.bind {
		made, err = copyTree(m.Source, o.recursive)
	} else {
		made, err = newFileSystem(m, o)
	}
	if err != nil {
		return nil, err
	}
	if o.bind {
		err = setAttributes(made, o.own, 0)
	}
	if err == nil {
		err = setAttributes(made, o.below, unix.AT_RECURSIVE)
	}
	if err != nil {
		made.Close()
		return nil, fmt.Errorf("setting its options: %w", err)
	}
	return made, nil
}

// copyTree makes a second mount of what is mounted at source already, from that
// folder or file on: a bind mount.
func copyTree(source string, recursive bool) (*os.File, error) {
	at, err := unix.Open(source, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: source, Err: err}
	}
	file := os.NewFile(uintptr(at), source)
	defer file.Close()
	flags := uint(0)
	if recursive {
		flags = unix.AT_RECURSIVE
	}
	copied, err := copyOf(file, flags)
	if errors.Is(err, unix.EINVAL) && rootOfProcess().MatchString(source) {
		return copyOfOthers(source, flags)
	}
	return copied, err
}

// rootOfProcess is a path of what another process sees, and how it calls it.
var rootOfProcess = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/proc/([0-9]+)/root(/.*)$`) })

// copyOfOthers makes a mount of what is mounted in the mount namespace of another
// process. The kernel copies mounts of one's own namespace only (EINVAL): so a
// thread goes there, and its descriptor comes back.
func copyOfOthers(source string, flags uint) (*os.File, error) {
	parts := rootOfProcess().FindStringSubmatch(source)
	type result struct {
		mount *os.File
		err   error
	}
	done := make(chan result)
	go func() {
		runtime.LockOSThread() // for good: the thread ends with this goroutine
		mount, err := func() (*os.File, error) {
			if err := enterMounts("/proc/" + parts[1] + "/ns/mnt"); err != nil {
				return nil, err
			}
			at, err := unix.Open(parts[2], unix.O_PATH|unix.O_CLOEXEC, 0)
			if err != nil {
				return nil, &os.PathError{Op: "open", Path: source, Err: err}
			}
			file := os.NewFile(uintptr(at), source)
			defer file.Close()
			return copyOf(file, flags)
		}()
		done <- result{mount, err}
	}()
	got := <-done
	return got.mount, got.err
}

// enterMounts moves the calling thread into a mount namespace. See setns(2).
func enterMounts(path string) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	return unix.Setns(fd, unix.CLONE_NEWNS)
}

// copyOf makes a second mount of what is open, with AT_RECURSIVE of all that is
// mounted below it as well. See open_tree(2).
func copyOf(file *os.File, flags uint) (*os.File, error) {
	const second = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_EMPTY_PATH
	fd, err := unix.OpenTree(int(file.Fd()), "", second|flags)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), file.Name()), nil
}

// newFileSystem has the kernel make a file system: an option that its code does
// not know is an error. See fsconfig(2).
func newFileSystem(m specs.Mount, o options) (*os.File, error) {
	fs, err := unix.Fsopen(m.Type, unix.FSOPEN_CLOEXEC)
	if errors.Is(err, unix.ENODEV) {
		return nil, fmt.Errorf("this kernel has no %s file system: load it with `modprobe %[1]s`", m.Type)
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(fs)
	if o.copyUp {
		o.own.set &^= unix.MOUNT_ATTR_RDONLY // it is to be filled first
	}
	data := o.data
	if m.Source != "" {
		data = append([]string{"source=" + m.Source}, data...)
	}
	if o.own.set&unix.MOUNT_ATTR_RDONLY != 0 {
		data = append(data, "ro") // the file system as well as this mount of it
	}
	for _, option := range data {
		if err := configure(fs, option); err != nil {
			return nil, fmt.Errorf("option %s: %w", option, complaint(fs, err))
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return nil, complaint(fs, err)
	}
	fd, err := unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, int(o.own.set))
	if err != nil {
		return nil, complaint(fs, err)
	}
	return os.NewFile(uintptr(fd), m.Type), nil
}

// configure passes one option on.
func configure(fs int, option string) error {
	name, value, hasValue := strings.Cut(option, "=")
	if hasValue {
		return unix.FsconfigSetString(fs, name, value)
	}
	return unix.FsconfigSetFlag(fs, name)
}

// complaint adds to an error what the kernel has to say about it, if anything:
// lines that can be read from the file system's descriptor, with a letter in
// front that says how bad it is.
func complaint(fs int, err error) error {
	line := make([]byte, 512)
	n, reading := unix.Read(fs, line)
	if reading != nil || n < 3 {
		return err
	}
	return fmt.Errorf("%s: %w", strings.TrimSpace(string(line[2:n])), err)
}

// setAttributes changes what kind of access a mount allows. In a user namespace
// the kernel refuses to take back what restricted the mount outside (EPERM): see
// mount_namespaces(7), locked flags.
func setAttributes(mount *os.File, change attribute, flags uint) error {
	if change == (attribute{}) {
		return nil
	}
	return unix.MountSetattr(int(mount.Fd()), "", unix.AT_EMPTY_PATH|flags,
		&unix.MountAttr{Attr_set: change.set, Attr_clr: change.clear})
}

// attach mounts a detached mount on an open file or folder. Its descriptor is
// that of the mount from now on, wherever it was attached.
func attach(mount, target *os.File) error {
	return unix.MoveMount(int(mount.Fd()), "", int(target.Fd()), "",
		unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}
