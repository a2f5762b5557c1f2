// Package namespace asks the kernel for namespaces: views of one global
// resource (process numbers, mounts, the host name, …) that only the processes
// inside see.
//
// A process gets new namespaces when it is cloned (CloneFlags), enters those of
// another with setns (Enter), and is told apart by the namespaces' inode
// numbers (ID). SelfExe is the program a container's first process is started
// from.
//
// The package knows nothing of what is done inside a namespace: mounts belong
// to rootfs, capabilities to security.
package namespace

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Kind names a kind of namespace as the links in /proc/PID/ns do. See
// namespaces(7).
type Kind string

// The kinds of namespace a container can have.
const (
	Mount   Kind = "mnt"    // mount points: mount_namespaces(7)
	PID     Kind = "pid"    // process numbers: pid_namespaces(7)
	UTS     Kind = "uts"    // host and domain name: uts_namespaces(7)
	IPC     Kind = "ipc"    // System V IPC and POSIX queues: ipc_namespaces(7)
	Network Kind = "net"    // interfaces, routes, ports: network_namespaces(7)
	Cgroup  Kind = "cgroup" // the root of the cgroup tree: cgroup_namespaces(7)
	User    Kind = "user"   // user and group ids: user_namespaces(7)
)

// CloneFlags returns the flags that make clone(2) give a new process its own
// namespaces of the given kinds. Without a kind's flag the child shares its
// parent's namespace of that kind.
func CloneFlags(kinds []Kind) (uintptr, error) {
	var flags uintptr
	for _, kind := range kinds {
		switch kind {
		case Mount:
			flags |= unix.CLONE_NEWNS // the first there was: hence not NEWMNT
		case PID:
			flags |= unix.CLONE_NEWPID
		case UTS:
			flags |= unix.CLONE_NEWUTS
		case IPC:
			flags |= unix.CLONE_NEWIPC
		case Network:
			flags |= unix.CLONE_NEWNET
		case Cgroup:
			flags |= unix.CLONE_NEWCGROUP
		case User:
			flags |= unix.CLONE_NEWUSER
		default:
			return 0, fmt.Errorf("unknown kind of namespace %q", kind)
		}
	}
	return flags, nil
}

// Path returns the link in /proc that stands for the namespace of the given
// kind in which process pid lives; pid 0 is the calling thread. See proc(5),
// /proc/pid/ns/.
func Path(pid int, kind Kind) string {
	if pid == 0 {
		return "/proc/thread-self/ns/" + string(kind)
	}
	return fmt.Sprintf("/proc/%d/ns/%s", pid, kind)
}

// ID returns the number that identifies the namespace of the given kind in
// which process pid lives: the inode behind Path. Two processes share a
// namespace exactly when their numbers are equal.
func ID(pid int, kind Kind) (uint64, error) {
	var stat unix.Stat_t
	path := Path(pid, kind)
	if err := unix.Stat(path, &stat); err != nil {
		return 0, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return stat.Ino, nil
}

// Enter moves the calling thread into the namespace of the given kind that
// path, a link in /proc/PID/ns or a bind mount of one, stands for. See
// setns(2).
//
// The goroutine is locked to its thread and must stay so: other threads of the
// program are not moved, and a thread that has been moved must not be reused.
// A PID namespace is entered by the thread's future children only. A user
// namespace cannot be entered, since the kernel refuses it to a process of
// several threads, as every Go program is.
func Enter(path string, kind Kind) error {
	flag, err := CloneFlags([]Kind{kind})
	if err != nil {
		return err
	}
	runtime.LockOSThread()
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	defer unix.Close(fd)
	if kind == Mount {
		// Threads share their working directory and root; setns refuses to
		// change those of one thread while it shares them.
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return fmt.Errorf("unsharing the working directory: %w", err)
		}
	}
	if err := unix.Setns(fd, int(flag)); err != nil {
		return fmt.Errorf("entering the %s namespace at %s: %w", kind, path, err)
	}
	return nil
}
