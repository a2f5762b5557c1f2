package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/lend"
	"drydock/mini-docker/socketpair"

	"golang.org/x/sys/unix"
)

// initProcess is the sandbox's first process as the one that started it sees
// it.
type initProcess struct {
	pid        int
	connection *net.UnixConn // its end tells init that we died
	control    *control      // nil for none
	outside    *outside      // set by setUp
	lastWords  *lastWords

	done    chan struct{} // closed when it has ended, and with it everything inside
	serving sync.WaitGroup
	stop    []func() // ends what serves
}

// launch clones a process into new namespaces, and executes the program there. What it does there stands in
// guest.Main.
func launch(drop bool, g *given, loan *lend.Tree) (*initProcess, error) {
	ours, theirs, err := socketpair.New("sandbox")
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	attributes, err := attributesOf(drop)
	if err != nil {
		ours.Close()
		return nil, err
	}
	process := &initProcess{connection: ours, lastWords: &lastWords{}, done: make(chan struct{})}
	command := &exec.Cmd{
		Path: "/proc/self/fd/3", // the first of the extra files
		Args: []string{guest.Arg},
		// Go's runtime would keep the CPU limits of the host's cgroup open.
		Env:         []string{"GODEBUG=containermaxprocs=0"},
		ExtraFiles:  append([]*os.File{g.program, theirs, g.base, g.scratch}, g.files...), // nil is closed there
		Stderr:      process.lastWords,                                                    // a pipe: no file of the caller's
		SysProcAttr: attributes,
	}
	if err := process.start(command, loan); err != nil {
		ours.Close()
		return nil, err
	}
	return process, nil
}

// attributesOf are the namespaces of a sandbox.
func attributesOf(drop bool) (*syscall.SysProcAttr, error) {
	flags, err := namespace.CloneFlags([]namespace.Kind{
		namespace.User, namespace.Mount, namespace.PID, namespace.UTS,
		namespace.IPC, namespace.Network,
	}) // and, from inside, the one for cgroups: see guest, enterCgroupNamespace
	if err != nil {
		return nil, err
	}
	users := idsOf(drop)
	return &syscall.SysProcAttr{
		Cloneflags: flags,
		Pdeathsig:  unix.SIGKILL,
		// A group of its own keeps the terminal's Ctrl-C away, and the session
		// stays the caller's: see guest, start.
		Setpgid:     true,
		UidMappings: []syscall.SysProcIDMap{users},
		GidMappings: []syscall.SysProcIDMap{groupsOf(users)},
		// An ordinary user may not, see user_namespaces(7).
		GidMappingsEnableSetgroups: users.Size > 1,
		Credential:                 &syscall.Credential{NoSetGroups: true}, // root inside
	}, nil
}

// start starts init from a thread that then does nothing but wait for it: the
// kernel sends the parent-death signal when the thread that cloned the child
// ends, not when the process does. See PR_SET_PDEATHSIG(2const).
//
// The thread ends with it, never to be used again: it has given up what init is
// not to inherit.
func (p *initProcess) start(command *exec.Cmd, loan *lend.Tree) error {
	started := make(chan error)
	go onThreadOfItsOwn(func() {
		err := shed()
		if err == nil {
			p.pid, err = startWith(command, loan)
		}
		var refused *os.PathError
		if errors.As(err, &refused) && refused.Op == "fork/exec" {
			refusal := namespace.CloneError(refused.Err, os.DirFS("/"))
			err = fmt.Errorf("%w: %w", errCloning, refusal) // the path, a descriptor's, tells nothing
		}
		started <- err
		if err != nil {
			return
		}
		command.Wait() // how it ended does not matter
		if p.pid != command.Process.Pid {
			unix.Wait4(p.pid, nil, 0, nil) // that was the lender: see package lend
		}
		close(p.done)
	})
	return <-started
}

// onThreadOfItsOwn runs a function on a thread that is not the process's first and
// that ends with it. The first one's namespaces are those that /proc/self and others
// take for the whole process's, and Go never lets it end.
func onThreadOfItsOwn(run func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		run()
		return
	}
	locked := make(chan struct{})
	go func() {
		runtime.LockOSThread() // another one: this goroutine has the first
		close(locked)
		run()
	}()
	<-locked
	runtime.UnlockOSThread()
}

// shed has the calling thread give up what leads out of a sandbox and is
// handed down to children.
func shed() error {
	// What the caller's shell left open (`exec 9</`) is not for the program that
	// init is executed from. See close_range(2); needs Linux 5.11.
	if err := unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return fmt.Errorf("keeping open files from the sandbox: %w", err)
	}
	if err := namespace.LeaveKeyring(); err != nil {
		return err
	}
	// The groups of the host's root are none of the sandbox's. Only this thread
	// is changed: the function that changes all is syscall.Setgroups.
	if os.Geteuid() == 0 && may(unix.CAP_SETGID) {
		if _, _, err := unix.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); err != 0 && err != unix.EPERM {
			return fmt.Errorf("leaving the groups: %w", err)
		}
	}
	return nil
}

// kill ends the sandbox at once. Its PID cannot have passed to another process
// as long as nobody has waited for it.
func (p *initProcess) kill() {
	select {
	case <-p.done:
	default:
		unix.Kill(p.pid, unix.SIGKILL)
	}
}

// close kills the sandbox and waits. The kernel lets process 1 end only after
// every other process of its PID namespace: see pid_namespaces(7).
func (p *initProcess) close() error {
	p.kill()
	p.outside.thaw()
	<-p.done
	p.connection.Close()
	for _, stop := range p.stop {
		stop()
	}
	p.serving.Wait()
	err := p.outside.remove()
	return errors.Join(err, p.control.close())
}

// serve answers the calls from inside with handle.
func (p *initProcess) serve(ctx context.Context, socket *os.File, handle func(context.Context, Request) int) error {
	defer socket.Close()
	listener, err := net.FileListener(socket)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	p.stop = append(p.stop, cancel, func() { listener.Close() })
	p.serving.Go(func() { serveHost(ctx, listener.(*net.UnixListener), handle) })
	return nil
}

// serveControl passes on to init what comes through the control socket.
func (p *initProcess) serveControl(c *control) {
	p.control = c
	p.serving.Go(func() {
		c.each(func(connection *os.File) {
			// It cannot fail but by the sandbox's end, which the caller sees.
			p.connection.WriteMsgUnix([]byte{0}, unix.UnixRights(int(connection.Fd())), nil)
		})
	})
	p.stop = append(p.stop, func() { c.listener.Close() })
}
