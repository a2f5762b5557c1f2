package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/sandbox/guest"

	"golang.org/x/sys/unix"
)

// nobody is who DropToUser becomes: the user that by convention owns nothing.
const nobody = 65534

// initProcess is the sandbox's first process as the one that started it sees
// it.
type initProcess struct {
	pid        int
	connection *net.UnixConn // its end tells init that we died
	control    string        // path of the control socket, or ""
	outside    *outside      // set by setUp

	done    chan struct{} // closed when it has ended, and with it everything inside
	serving sync.WaitGroup
	stop    []func() // ends what serves
}

// launch clones this program into new namespaces. What it does there stands in
// guest.Main.
func launch(config guest.Config, drop bool, base, control, scratch *os.File) (*initProcess, error) {

	self, err := namespace.SelfExe()
	if err != nil {
		return nil, err
	}
	defer self.Close()
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	attributes, err := attributesOf(config.UserNS, drop)
	if err != nil {
		ours.Close()
		return nil, err
	}
	command := &exec.Cmd{
		Path:        "/proc/self/fd/3", // the first of the extra files
		Args:        []string{guest.Arg},
		Env:         []string{},
		ExtraFiles:  []*os.File{self, theirs, base, control, scratch}, // nil is closed there
		Stderr:      os.Stderr,                                        // for a panic
		SysProcAttr: attributes,
	}
	process := &initProcess{connection: ours, done: make(chan struct{})}
	if err := process.start(command); err != nil {
		ours.Close()
		return nil, err
	}
	return process, nil
}

// attributesOf are the namespaces of a sandbox.
func attributesOf(userNS, drop bool) (*syscall.SysProcAttr, error) {
	kinds := []namespace.Kind{
		namespace.Mount, namespace.PID, namespace.UTS,
		namespace.IPC, namespace.Network,
	} // and, from inside, the one for cgroups: see guest, enterCgroupNamespace
	if userNS {
		kinds = append(kinds, namespace.User)
	}
	flags, err := namespace.CloneFlags(kinds)
	if err != nil {
		return nil, err
	}
	attributes := &syscall.SysProcAttr{
		Cloneflags: flags,
		Pdeathsig:  unix.SIGKILL,
		// A group of its own keeps the terminal's Ctrl-C away, and the session
		// stays the caller's: see guest, start.
		Setpgid: true,
	}
	if userNS {
		uid, gid := os.Geteuid(), os.Getegid()
		if becomesNobody(drop) {
			uid, gid = nobody, nobody
		}
		// One id is all that an ordinary user may map. See user_namespaces(7),
		// Defining user and group ID mappings.
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: uid, Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: gid, Size: 1}}
		attributes.Credential = &syscall.Credential{NoSetGroups: true} // root inside
	}
	return attributes, nil
}

// becomesNobody says whether DropToUser makes another user of this one.
func becomesNobody(drop bool) bool { return drop && os.Geteuid() == 0 && isMapped(nobody) }

// isMapped says whether the user exists in this process's own user namespace:
// inside a sandbox of an ordinary user only root does. See user_namespaces(7).
func isMapped(uid int) bool {
	text, err := os.ReadFile("/proc/self/uid_map")
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(text)) {
		var inside, outside, count int
		_, err := fmt.Sscan(line, &inside, &outside, &count)
		if err == nil && inside <= uid && uid < inside+count {
			return true
		}
	}
	return false
}

// start starts init from a thread that then does nothing but wait for it: the
// kernel sends the parent-death signal when the thread that cloned the child
// ends, not when the process does. See PR_SET_PDEATHSIG(2const).
func (p *initProcess) start(command *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		var refused *os.PathError
		if errors.As(err, &refused) && refused.Op == "fork/exec" {
			refusal := namespace.CloneError(refused.Err, os.DirFS("/"))
			err = fmt.Errorf("%w: %w", errCloning, refusal) // the path, a descriptor's, tells nothing
		}
		if err == nil {
			p.pid = command.Process.Pid
		}
		started <- err
		if err != nil {
			return
		}
		command.Wait() // how it ended does not matter
		close(p.done)
	}()
	return <-started
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
	if p.control != "" {
		err = errors.Join(err, removeStale(p.control))
	}
	return err
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
