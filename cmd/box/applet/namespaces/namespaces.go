// Package namespaces holds the applets that make, enter and list namespaces.
//
// A program written in C calls unshare(2) or setns(2) in its one thread and
// goes on. A Go program has several threads from its start, which the kernel
// treats differently in two cases: it refuses such a process another user
// namespace, and it refuses new threads to a process whose children are to be
// born into another PID namespace. So unshare here starts a child with
// clone(2) where one of these is asked for, and nsenter cannot join a user
// namespace.
package namespaces

import (
	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// Applets lists them.
func Applets() []applet.Applet {
	return []applet.Applet{
		{Name: "lsns", Usage: "[-t TYPE] [-p PID]", Run: lsns},
		{Name: "nsenter", Usage: "-t PID [-aCimnpu] [-r] [COMMAND [ARGUMENT]...]", Run: nsenter},
		{Name: "unshare", Usage: "[-CimnpuU] [-f] [-r] [--map-user UID] [--map-group GID] [--mount-proc] [--propagation private|slave|shared|unchanged] [COMMAND [ARGUMENT]...]", Run: unshare},
	}
}

// kind is a kind of namespace.
type kind struct {
	name   string // in /proc/PID/ns
	letter string // the option
	flag   uintptr
}

// kinds are listed in the order in which they are entered: the mount namespace
// last, for the others' files are found in this one's /proc.
func kinds() []kind {
	return []kind{
		{"user", "U", unix.CLONE_NEWUSER},
		{"cgroup", "C", unix.CLONE_NEWCGROUP},
		{"ipc", "i", unix.CLONE_NEWIPC},
		{"uts", "u", unix.CLONE_NEWUTS},
		{"net", "n", unix.CLONE_NEWNET},
		{"pid", "p", unix.CLONE_NEWPID},
		{"mnt", "m", unix.CLONE_NEWNS},
	}
}

// options is how applet.Env.Flags is told of them: -m is --mount too.
const options = "U|user C|cgroup i|ipc u|uts n|net p|pid m|mount "
