// Package sandbox makes a small machine out of namespaces, for a shell, a lab
// or a test script, and throws it away afterwards.
//
//	func main() {
//		sandbox.MaybeInit() // first of all
//		…
//		box, err := sandbox.Start(ctx, sandbox.Spec{Base: dir})
//		defer box.Close()
//		exit, err := box.Exec(ctx, sandbox.Command{Args: []string{"hostname"}})
//
// Inside there are own processes, mounts, network, host name, IPC and cgroup
// view, and a root file system in memory that is filled from Base: the host's
// files are not there. Whoever works inside is root there and nobody's root
// outside: a sandbox always has a user namespace, whoever starts it (see ids.go).
//
// A sandbox is a border: nothing that is done inside, as root, is to reach the
// host. So nothing of the host is mounted but devices such as /dev/null and what
// is lent, which nobody inside can write to (see package lend), no descriptor that
// leads out is handed in or left open, and what comes from inside is bounded and
// judged as a stranger's would be. border_test.go tries the ways out that are known.
//
// Nothing of a sandbox outlives the process that started it, not even if that
// is killed by SIGKILL: the kernel then kills the sandbox's process 1, with it
// every process inside, and with the last process the mounts and interfaces go.
// Its cgroups are taken away by a process of their own: see subtree.
//
// The package is not a container runtime: it knows no images and no bundles,
// and limits no resources, though with Spec.Cgroups they can be limited inside,
// which is where mini-docker runs.
package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"

	"drydock/mini-docker/sandbox/call"
	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/lend"
	"drydock/mini-docker/sandbox/stdio"
)

// Spec says what sandbox to make.
type Spec struct {
	Base       string // directory whose tree is copied into the root; RootInside must be able to read it
	Files      []File
	Hostname   string // "drydock" if empty
	Control    string // path of the socket for Attach, made in a directory of mode 0700; "" for none
	DropToUser bool   // even as root, the sandbox that an ordinary user gets

	// Scratch is a directory of the host, made if it is not there, below which
	// the sandbox gets one for StateDir, on kernels whose tmpfs
	// cannot hold the upper directories of their overlays (before 6.6). It is
	// empty again afterwards. Without it such overlays cannot replace a
	// directory of a lower layer, which Sandbox.Refused tells.
	Scratch string

	// Lent are directories of the host that are seen inside below LentDir, as they
	// are, and that nobody inside can write to. Who is root inside reads them as
	// whoever starts the sandbox does. Where they cannot be lent Sandbox.NotLent
	// tells why.
	Lent []Lent

	// Cgroups gives the sandbox cgroups of its own, so that limits can be set
	// inside. It takes some 5 ms. Where there can be none Sandbox.Refused tells
	// why.
	Cgroups bool

	// Serve answers the calls that programs inside make with Ask, in this
	// process, each in a goroutine of its own. Its context ends when the caller
	// is gone. The streams are the caller's own and closed afterwards. Nil
	// means that there is no HostSocket inside.
	Serve func(ctx context.Context, r Request) (exit int)
}

// File is a program of the host that a copy of is put inside.
type File struct {
	Source string // on the host
	Target string // inside
}

// Lent is a directory of the host, and its path below LentDir.
type Lent = lend.Dir

// Request is a call from inside, see Spec.Serve. The streams are open files of
// somebody who may mean harm: expect any kind of file, and no end of it.
type Request struct {
	Args                  []string
	Dir                   string // the caller's working directory, a path inside
	Stdin, Stdout, Stderr *os.File
}

// Command is a process to run inside.
type Command struct {
	Args []string
	Env  []string // KEY=VALUE, on top of PATH, HOME, USER, LOGNAME and MINI_DOCKER_ROOT
	Dir  string   // a path inside; "/" if empty

	// nil is /dev/null. If Stdin is a terminal that this process is in the
	// foreground of, what is typed goes to the command, see Exec.
	Stdin, Stdout, Stderr *os.File
}

// Where things are inside.
const (
	HostSocket = guest.HostSocket // where Ask reaches Spec.Serve
	StateDir   = guest.StateDir   // MINI_DOCKER_ROOT, on a tmpfs of its own
	LentDir    = guest.LentDir    // where Spec.Lent is seen
)

// Sandbox is a running sandbox.
type Sandbox struct {
	// Refused says what this kernel would not let the sandbox have and it can
	// do without, a sentence each. Empty after Attach.
	Refused []string
	// NotLent says why Spec.Lent is not seen inside, or is nil.
	NotLent error

	dial func() (*net.UnixConn, error)
	root int          // the user of the host that root inside is
	init *initProcess // nil after Attach
}

// Exec runs a command inside and waits for its end. It returns the status of
// 0 to 255; 128+n says that signal n ended it. When ctx ends the command's
// process group is killed, and the error is the context's. A command that could
// not be started gives 126 or 127, and ErrNotExecutable or ErrNotFound.
//
// The command gets no file of the caller's but what is copied from and to them,
// see package stdio. In place of a terminal it has one of its own, with job
// control: Ctrl-C reaches it and not this process, and changes of the window's
// size do as well. Afterwards the terminal is set as it was before.
func (s *Sandbox) Exec(ctx context.Context, c Command) (exit int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, context.Cause(ctx)
	}
	connection, err := s.dial()
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	loan, err := stdio.Lend([3]*os.File{c.Stdin, c.Stdout, c.Stderr}, s.root)
	if err != nil {
		return 0, fmt.Errorf("running %q: %w", c.Args, err)
	}
	defer loan.Return()
	reply, err := call.Do(ctx, connection, call.Request{
		Args: c.Args, Env: c.Env, Dir: cmp.Or(c.Dir, "/"),
		Stdin: loan.Streams[0], Stdout: loan.Streams[1], Stderr: loan.Streams[2],
	})
	if errors.Is(err, call.ErrHungUp) {
		return 0, fmt.Errorf("running %q: %w", c.Args, ErrEnded)
	}
	if err != nil {
		return reply.Exit, err
	}
	return reply.Exit, errorOf(reply.Error, reply.Kind)
}

// PID is the number of the sandbox's process 1 outside; 0 after Attach.
func (s *Sandbox) PID() int {
	if s.init == nil {
		return 0
	}
	return s.init.pid
}

// Close kills everything inside and waits until it is gone. Of a sandbox that
// was attached to it lets go only.
func (s *Sandbox) Close() error {
	if s.init == nil {
		return nil
	}
	return s.init.close()
}

// Done is closed when the sandbox has ended; nil, which blocks for ever, after
// Attach.
func (s *Sandbox) Done() <-chan struct{} {
	if s.init == nil {
		return nil
	}
	return s.init.done
}
