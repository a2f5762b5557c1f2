// Package child starts programs and waits for them the way a C shell does:
// with fork, exec and wait4(2), one table of children, and no thread that waits
// behind the program's back. What nobody waits for stays a zombie, as lessons
// on processes expect.
package child

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// Children are the processes that were started through Start and are still to
// be waited for.
type Children struct {
	mu      sync.Mutex
	started map[int]bool
	ended   map[int]syscall.WaitStatus
	stopped map[int]syscall.WaitStatus // and not yet continued
	waiters map[chan struct{}]bool
	signals chan os.Signal
}

// New returns an empty table. A process has one at most, for it reaps every
// child that ends while someone waits.
func New() *Children {
	return &Children{
		started: map[int]bool{}, ended: map[int]syscall.WaitStatus{},
		stopped: map[int]syscall.WaitStatus{}, waiters: map[chan struct{}]bool{},
	}
}

// Start starts a program; argv[0] is the name it is told. See execve(2).
func (c *Children) Start(path string, argv []string, attr *syscall.ProcAttr) (pid int, err error) {
	// The lock keeps reap from taking the child before it is in the table, and
	// from taking the one that ForkExec itself waits for when exec fails.
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.signals == nil {
		c.signals = make(chan os.Signal, 1) // one token says "look", however many ended
		signal.Notify(c.signals, unix.SIGCHLD)
		go c.watch(c.signals)
	}
	pid, err = syscall.ForkExec(path, argv, attr)
	if err == nil {
		c.started[pid] = true
	}
	return pid, err
}

// watch lives as long as the process. It wakes who waits; it does not reap when
// nobody does.
func (c *Children) watch(signals <-chan os.Signal) {
	for range signals {
		c.mu.Lock()
		for waiter := range c.waiters {
			select {
			case waiter <- struct{}{}:
			default:
			}
		}
		c.mu.Unlock()
	}
}

// Wait waits until pid has ended or ctx does. known is false when pid is no
// child, or was waited for already.
func (c *Children) Wait(ctx context.Context, pid int) (status syscall.WaitStatus, known bool, err error) {
	return c.wait(ctx, pid, false)
}

// WaitChange is Wait, but returns also while pid is stopped.
func (c *Children) WaitChange(ctx context.Context, pid int) (status syscall.WaitStatus, known bool, err error) {
	return c.wait(ctx, pid, true)
}

func (c *Children) wait(ctx context.Context, pid int, stops bool) (status syscall.WaitStatus, known bool, err error) {
	wake := make(chan struct{}, 1)
	c.mu.Lock()
	c.waiters[wake] = true
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.waiters, wake)
		c.mu.Unlock()
	}()
	for {
		c.mu.Lock()
		c.reap()
		status, done := c.ended[pid]
		known := c.started[pid]
		if done {
			delete(c.ended, pid)
			delete(c.started, pid)
		} else if stop, is := c.stopped[pid]; is && stops {
			status, done = stop, true
		}
		c.mu.Unlock()
		if done || !known {
			return status, done, nil
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return 0, true, ctx.Err()
		}
	}
}

// Poll returns how pid ended, if it has, and takes it out of the table.
func (c *Children) Poll(pid int) (status syscall.WaitStatus, ended bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reap()
	if status, ended = c.ended[pid]; ended {
		delete(c.ended, pid)
		delete(c.started, pid)
	}
	return status, ended
}

// Stopped returns the status of a child that is stopped.
func (c *Children) Stopped(pid int) (status syscall.WaitStatus, is bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reap()
	status, is = c.stopped[pid]
	return status, is
}

// Continue lets a stopped child go on, and all of the process group that it is
// in, which kill(2) takes as it is: -N, or 0 for this process' own.
func (c *Children) Continue(pid, group int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.stopped, pid)
	return unix.Kill(group, unix.SIGCONT)
}

// reap takes the status of every child that has ended, also of those this
// process never started: as process 1 of a PID namespace it is given the
// orphans (pid_namespaces(7)).
func (c *Children) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG|syscall.WUNTRACED|syscall.WCONTINUED, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		switch {
		case !c.started[pid]:
		case status.Stopped():
			c.stopped[pid] = status
		default:
			delete(c.stopped, pid)
			if !status.Continued() {
				c.ended[pid] = status
			}
		}
	}
}

// Running returns the children that have not been waited for.
func (c *Children) Running() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var pids []int
	for pid := range c.started {
		pids = append(pids, pid)
	}
	return pids
}

// Status turns how a process ended into the number a shell shows: its exit
// status, or 128 and the signal. See POSIX XCU 2.8.2.
func Status(status syscall.WaitStatus) int {
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}
