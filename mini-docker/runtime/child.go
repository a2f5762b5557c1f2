package runtime

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/namespace"

	"golang.org/x/sys/unix"
)

// child is this program about to be started again, in a container.
type child struct {
	args       []string
	files      [7]*os.File // the streams, and then what is its creator's
	preserved  []*os.File  // in between
	attributes *syscall.SysProcAttr
	joins      []join
	user       *os.File     // a user namespace to be in, or nil
	group      cgroup.Group // nil for the caller's own
	left       bool         // to whoever adopts it when this process ends
}

// start starts the child from a thread that has joined the given namespaces, and
// waits for its end from the same thread: the kernel sends the parent-death signal
// when the thread that cloned the child ends, not when the process does. See
// PR_SET_PDEATHSIG(2const).
func (c child) start() (*Process, error) {
	// What was open in the shell of whoever called the engine is nothing to the
	// child. It cannot close that itself: by then Go's own descriptors are among it.
	if err := unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, fmt.Errorf("closing descriptors: %w", err)
	}
	process := &Process{done: make(chan struct{}), told: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Never unlocked: the thread's namespaces have been changed, so it ends
		// with this goroutine and is not used for anything else.
		runtime.LockOSThread()
		var err error
		if c.user != nil {
			process.PID, err = c.startInside()
		} else if c.group == nil {
			process.PID, err = c.fork(nil)
		} else {
			process.PID, err = c.group.Spawn(c.fork)
		}
		if err != nil && process.PID != 0 {
			unix.Kill(process.PID, unix.SIGKILL)
			wait(process.PID)
		}
		started <- err
		if err != nil {
			return
		}
		if c.left {
			process.waited = awaitEnd(process.PID)
		} else {
			process.exit, process.waited = wait(process.PID)
		}
		close(process.done)
	}()
	return process, <-started
}

// startInside starts the child in a user namespace that is there already.
func (c child) startInside() (pid int, err error) {
	inside := namespace.Inside{
		User: c.user, Exe: c.files[selfFD], Args: c.args, Env: c.env(), Files: c.descriptors(),
	}
	for _, each := range c.joins {
		file, err := os.Open(each.path)
		if err != nil {
			return 0, err
		}
		defer file.Close()
		inside.Others = append(inside.Others, file)
	}
	pid, err = inside.Start()
	if err == nil && c.group != nil {
		err = c.group.Add(pid) // it waits for its orders until then
	}
	return pid, err
}

// fork joins namespaces, clones and executes. It is os/exec without what is not
// needed here, which saves a start the test whether pidfds work, and some
// threads.
func (c child) fork(into *os.File) (pid int, err error) {
	if err := enterAll(c.joins); err != nil {
		return 0, err
	}
	if into != nil {
		c.attributes.UseCgroupFD, c.attributes.CgroupFD = true, int(into.Fd())
	}
	var descriptors []uintptr
	for _, file := range c.descriptors() {
		descriptors = append(descriptors, file.Fd())
	}
	pid, err = syscall.ForkExec(c.selfPath(), c.args, &syscall.ProcAttr{
		Env:   c.env(),
		Files: descriptors,
		Sys:   c.attributes,
	})
	return pid, namespace.CloneError(err, os.DirFS("/"))
}

// wait waits until a child has ended and returns the status a shell would show.
func wait(pid int) (exit int, err error) {
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("waiting for process %d: %w", pid, err)
		}
		if status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return status.ExitStatus(), nil
	}
}

// awaitEnd waits until a child has ended, and leaves its status to be asked for by
// another: conmon, which podman starts containers with, adopts what a runtime leaves
// behind, and knows of the end of a command only by wait(2).
func awaitEnd(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("waiting for process %d: %w", pid, err)
		}
		return nil
	}
}

// streams are the standard streams of a child.
type streams struct {
	files [7]*os.File // the first three
	null  *os.File    // what those are that nobody gave
}

// openStreams returns the caller's streams, /dev/null in the place of those that
// are missing, and only that if a terminal will take their place.
func openStreams(o CreateOptions, terminal bool) (streams, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	s := streams{null: null}
	for i, file := range []*os.File{o.Stdin, o.Stdout, o.Stderr} {
		if file == nil || terminal {
			file = null
		}
		s.files[i] = file
	}
	return s, err
}
