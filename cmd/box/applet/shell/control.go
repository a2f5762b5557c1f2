package shell

import (
	"context"
	"io"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Job control: the processes of a terminal's session are parted into groups,
// and one group is in the foreground. Only that one reads the keyboard, and
// Ctrl-C and Ctrl-Z are signals to all of it, the shell not among them. See
// credentials(7), Process groups; setpgid(2); tcsetpgrp(3).
//
// A group of its own, and the terminal, is for what the shell itself starts and
// waits for. The sides of a pipe and `( … )` run in this process, at least in
// part: with the terminal given away they could not read it, nor could they be
// stopped without the shell. They stay in the shell's group, and go on when
// Ctrl-Z has stopped them.

// takeTerminal makes the shell a group of its own in the foreground, and
// returns what gives the terminal back. Without a controlling terminal there is
// no job control.
func (s *session) takeTerminal() (release func()) {
	before, err := unix.IoctlGetInt(s.keyboard.fd, unix.TIOCGPGRP)
	// In the background: SIGTTIN stops the group until whoever started it gives it
	// the terminal. It takes a moment to reach all threads, this one too; nor does
	// it stop a group that nobody could continue.
	for tries := 0; err == nil && before != unix.Getpgrp() && tries < 100; tries++ {
		unix.Kill(0, unix.SIGTTIN)
		time.Sleep(time.Millisecond)
		before, err = unix.IoctlGetInt(s.keyboard.fd, unix.TIOCGPGRP)
	}
	if err != nil || before != unix.Getpgrp() {
		return func() {}
	}
	if unix.Getpgrp() != unix.Getpid() && unix.Setpgid(0, 0) != nil {
		return func() {}
	}
	s.control = true
	s.giveTerminal(unix.Getpgrp())
	return func() {
		// The group of another PID namespace has no number here.
		if before > 0 && before != unix.Getpgrp() {
			s.giveTerminal(before)
		}
	}
}

// giveTerminal puts a process group in the foreground. Who does so from the
// background gets SIGTTOU and is stopped, unless it blocks that: tcsetpgrp(3).
// It is blocked on this one thread, so that no program inherits it.
func (s *session) giveTerminal(group int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.Sigset_t
	block := unix.Sigset_t{Val: [16]uint64{1 << (unix.SIGTTOU - 1)}}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &block, &before); err != nil {
		return err
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	return unix.IoctlSetPointerInt(s.keyboard.fd, unix.TIOCSPGRP, group)
}

// front is the job that the shell waits for. It has the terminal a moment after
// it has started; what is typed before that comes to the shell, and is passed on.
type front struct {
	mu     sync.Mutex
	is     bool
	group  int // 0 until the program has started
	missed []unix.Signal
}

func (f *front) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.is = true
}

func (f *front) started(group int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.group = group
	for _, sig := range f.missed {
		unix.Kill(-group, sig)
	}
}

func (f *front) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.is, f.group, f.missed = false, 0, nil
}

// take passes a signal on, if there is a job that was meant.
func (f *front) take(sig unix.Signal) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.is || sig == unix.SIGTERM: // no key sends that
		return false
	case f.group == 0:
		f.missed = append(f.missed, sig)
	default:
		unix.Kill(-f.group, sig)
	}
	return true
}

// runInFront starts a program as a group that has the terminal.
func (c *command) runInFront(path string, args []string) error {
	c.s.front.begin()
	defer c.s.front.end()
	pid, copied, err := c.start(path, args, &syscall.ProcAttr{Sys: &syscall.SysProcAttr{Setpgid: true}})
	if err != nil {
		return c.notStarted(args[0], err)
	}
	c.s.front.started(pid)
	ended := c.s.waitInFront(pid)
	if !ended.Stopped() {
		copied()
		return c.ended(ended)
	}
	return c.stopped(c.s.addJob(pid, strings.Join(args, " ")), ended)
}

// waitInFront gives a child's group the terminal until the child ends or stops.
func (s *session) waitInFront(pid int) (status syscall.WaitStatus) {
	s.giveTerminal(pid)
	defer s.giveTerminal(unix.Getpgrp())
	for {
		status, _, _ = s.children.WaitChange(context.Background(), pid)
		if !status.Stopped() || !looked(status.StopSignal()) {
			return status
		}
		s.children.Continue(pid, -pid) // it asked for the terminal before it was given
	}
}

// looked reports whether a stop is for having used the terminal from the
// background.
func looked(sig syscall.Signal) bool { return sig == unix.SIGTTIN || sig == unix.SIGTTOU }

// waitBeside waits for a child in the shell's own group.
func (s *session) waitBeside(pid int) syscall.WaitStatus {
	ctx := context.Background()
	for s.interactive {
		status, _, _ := s.children.WaitChange(ctx, pid)
		if !status.Stopped() {
			return status
		}
		if status.StopSignal() != unix.SIGTSTP {
			break // somebody has stopped it on purpose, and may continue it
		}
		s.children.Continue(pid, 0)
	}
	status, _, _ := s.children.Wait(ctx, pid)
	return status
}

// stopped tells of a job that has stopped, and ends what was to come behind it.
func (c *command) stopped(j job, how syscall.WaitStatus) error {
	c.s.restoreTerminal()
	c.s.markTold(j.pid, true)
	// The terminal has printed ^Z in the line.
	io.WriteString(c.hc.Stderr, "\n"+j.line("+", "Stopped"))
	c.s.interrupt()
	return status(128 + int(how.StopSignal()))
}
