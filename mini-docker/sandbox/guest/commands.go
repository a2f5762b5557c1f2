package guest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"drydock/mini-docker/sandbox/call"

	"golang.org/x/sys/unix"
)

// commands are the processes that init has started and is the parent of.
type commands struct {
	starts   chan func()    // run on the main thread
	children chan os.Signal // SIGCHLD; one is kept, since signals merge as well

	mu      sync.Mutex
	running map[int]*command // by PID
}

// command is one of them.
type command struct{ ended chan unix.WaitStatus }

func newCommands() *commands {
	c := &commands{
		starts:   make(chan func()),
		children: make(chan os.Signal, 1),
		running:  map[int]*command{},
	}
	signal.Notify(c.children, unix.SIGCHLD)
	return c
}

// startUntil starts commands, on the calling thread, until the channel is
// closed.
func (c *commands) startUntil(gone <-chan struct{}) {
	// The keys and signals of a terminal are for commands. Caught rather than
	// ignored: what is ignored stays so in the commands.
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGQUIT, unix.SIGTERM,
		unix.SIGHUP, unix.SIGTSTP)
	for {
		select {
		case start := <-c.starts:
			start()
		case <-gone:
			return
		}
	}
}

// run runs a command to its end. Its whole process group is killed when the
// context ends.
func (c *commands) run(ctx context.Context, r call.Request) call.Reply {
	type result struct {
		pid     int
		command *command
		err     error
	}
	started := make(chan result)
	c.starts <- func() {
		pid, command, err := c.start(r)
		started <- result{pid, command, err}
	}
	s := <-started
	if s.err != nil {
		return failure(s.err)
	}
	done := ctx.Done()
	for {
		select {
		case status := <-s.command.ended:
			return call.Reply{Exit: exitOf(status)}
		case <-done:
			unix.Kill(-s.pid, unix.SIGKILL)
			done = nil // once is enough: wait for the end now
		}
	}
}

// start starts a command in a session of its own, with the terminal among its
// streams, if there is one, as the controlling one: it was made for it, see
// package stdio. Ctrl-C, Ctrl-Z, /dev/tty and a shell's job control work as they
// do outside. See credentials(7), Sessions and process groups, and TIOCSCTTY in
// ioctl_tty(2).
func (c *commands) start(r call.Request) (int, *command, error) {
	env := environment(r.Env)
	path, err := lookPath(r.Args, env, r.Dir)
	if err != nil {
		return 0, nil, err
	}
	streams := []*os.File{r.Stdin, r.Stdout, r.Stderr}
	attributes := &syscall.SysProcAttr{Setsid: true}
	var descriptors []uintptr
	for i, stream := range streams {
		descriptors = append(descriptors, stream.Fd())
		if !attributes.Setctty && isTerminal(stream) {
			attributes.Setctty, attributes.Ctty = true, i
		}
	}

	// While the mutex is held nothing is reaped: neither a command that is not
	// in the map yet, nor the process that ForkExec waits for if it fails.
	c.mu.Lock()
	defer c.mu.Unlock()
	pid, err := syscall.ForkExec(path, r.Args, &syscall.ProcAttr{Dir: r.Dir, Env: env, Files: descriptors, Sys: attributes})
	if err != nil {
		return 0, nil, execError(r.Args[0], r.Dir, err)
	}
	started := &command{ended: make(chan unix.WaitStatus, 1)}
	c.running[pid] = started
	return pid, started, nil
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// reap waits for every process that ends as a child of init, commands and
// orphans alike: a process whose parent dies becomes a child of process 1. See
// wait(2).
func (c *commands) reap() {
	for range c.children {
		for c.reapOne() {
		}
	}
}

// reapOne collects one child that has ended, if there is one.
func (c *commands) reapOne() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	var status unix.WaitStatus
	pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
	if err == unix.EINTR {
		return true
	}
	if err != nil || pid == 0 {
		return false
	}
	command, ok := c.running[pid]
	if !ok {
		return true // an orphan: waiting for it was all it needed
	}
	delete(c.running, pid)
	command.ended <- status
	return true
}

// exitOf is the status that a shell would show.
func exitOf(status unix.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// environment is that of a login inside, with the caller's on top.
func environment(caller []string) []string {
	return append([]string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root", "USER=root", "LOGNAME=root",
		"MINI_DOCKER_ROOT=" + StateDir,
	}, caller...)
}

// lookPath finds the command as a shell would: a name with a slash is a path,
// any other is looked for in PATH.
func lookPath(args, env []string, dir string) (string, error) {
	if len(args) == 0 {
		return "", errors.New("no command given")
	}
	if strings.Contains(args[0], "/") {
		return args[0], nil
	}
	path := ""
	for _, entry := range env {
		if value, ok := strings.CutPrefix(entry, "PATH="); ok {
			path = value // the last one counts
		}
	}
	for _, folder := range filepath.SplitList(path) {
		candidate := filepath.Join(folder, args[0])
		if info, err := os.Stat(candidate); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
			return candidate, nil
		}
	}
	return "", fmt.Errorf("running %q in the sandbox: %w in $PATH", args[0], ErrNotFound)
}

// execError says which of a shell's two complaints a failed start is.
func execError(name, dir string, err error) error {
	if info, statErr := os.Stat(dir); dir != "" && (statErr != nil || !info.IsDir()) {
		return fmt.Errorf("running %q in the sandbox: there is no directory %s inside", name, dir)
	}
	sentinel := ErrNotExecutable
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		sentinel = ErrNotFound
	}
	return fmt.Errorf("running %q in the sandbox: %w: %w", name, sentinel, err)
}

// failure is the reply for a command that did not start, with a shell's status.
func failure(err error) call.Reply {
	reply := call.Reply{Exit: 125, Error: err.Error(), Kind: kindOf(err)}
	switch {
	case errors.Is(err, ErrNotFound):
		reply.Exit = 127
	case errors.Is(err, ErrNotExecutable):
		reply.Exit = 126
	}
	return reply
}
