package shell

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// job is a process that `&` started.
type job struct {
	number, pid int
	text        string
}

func (s *session) addJob(pid int, text string) job {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	j := job{number: 1, pid: pid, text: text}
	if n := len(s.jobs); n > 0 {
		j.number = s.jobs[n-1].number + 1
	}
	s.jobs = append(s.jobs, j)
	return j
}

// forget drops the jobs that were waited for.
func (s *session) forget() {
	running := s.children.Running()
	s.jobs = slices.DeleteFunc(s.jobs, func(j job) bool { return !slices.Contains(running, j.pid) })
}

// pid reads a process number, or %N for job N, %% and %+ for the last one.
func (s *session) pid(text string) (int, bool) {
	name, isJob := strings.CutPrefix(text, "%")
	if !isJob {
		n, err := strconv.Atoi(text)
		return n, err == nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, j := range s.jobs {
		last := i == len(s.jobs)-1 && (name == "" || name == "%" || name == "+")
		if last || strconv.Itoa(j.number) == name {
			return j.pid, true
		}
	}
	return 0, false
}

// list is jobs: what runs in the background.
func (c *command) list([]string) error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.s.forget()
	for _, j := range c.s.jobs {
		fmt.Fprintf(c.hc.Stdout, "[%d] %d %s\n", j.number, j.pid, j.text)
	}
	return nil
}

// wait waits for jobs. A signal with a trap ends it at once, with a status
// above 128. See POSIX XCU wait.
func (c *command) wait(args []string) error {
	if c.s.inSubshell(c.hc) && len(args) == 0 {
		return nil // a copy has no children of its own
	}
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	done := make(chan struct{})
	defer func() { cancel(); <-done }()
	go func() {
		defer close(done)
		c.s.traps.await(ctx)
		cancel()
	}()
	if len(args) == 0 {
		for _, pid := range c.s.children.Running() {
			if _, _, err := c.s.children.Wait(ctx, pid); err != nil {
				return c.broken()
			}
		}
		return nil
	}
	result := applet.OK
	for _, arg := range args {
		pid, ok := c.s.pid(arg)
		if !ok {
			c.complain("wait: '" + arg + "' is neither a process number nor a job")
			return status(applet.Misused)
		}
		ended, known, err := c.s.children.Wait(ctx, pid)
		if err != nil {
			return c.broken()
		}
		if result = child.Status(ended); !known {
			result = applet.NotFound // no child, or not any more: POSIX
		}
	}
	return status(result)
}

// broken is the status of a wait that a signal ended.
func (c *command) broken() error { return status(128 + int(c.s.traps.first())) }

// await returns when a trapped signal has come, or ctx has ended.
func (t *traps) await(ctx context.Context) {
	select {
	case sig := <-t.arrived:
		t.arrived <- sig // to be acted upon after wait has returned
	case <-ctx.Done():
	}
}

// first is the signal that came first; SIGINT when it was the person's Ctrl-C.
func (t *traps) first() unix.Signal {
	select {
	case sig := <-t.arrived:
		t.arrived <- sig
		return sig.(unix.Signal)
	default:
		return unix.SIGINT
	}
}

// kill sends a signal; it is built in so that %1 works, and so that a shell
// can be told to signal even where no process more can be started.
func (c *command) kill(args []string) error {
	var sent unix.Signal
	toSelf := false
	e := &applet.Env{Name: c.s.e.Name + ": kill", Usage: applet.KillUsage, Out: applet.NewOutput(c.hc.Stdout), Err: c.hc.Stderr}
	before := len(c.s.traps.arrived)
	code := applet.Kill(e, args, c.s.pid, func(pid int, sig unix.Signal) error {
		toSelf = toSelf || pid == unix.Getpid()
		sent = sig
		return unix.Kill(pid, sig)
	})
	e.Out.Flush()
	// A trap for it is to run before the next command. The signal is with the
	// kernel already, but Go hands it over in its own time.
	if toSelf && c.s.traps.caught(sent) {
		for until := time.Now().Add(time.Second); len(c.s.traps.arrived) == before && time.Now().Before(until); {
			time.Sleep(20 * time.Microsecond)
		}
	}
	return status(code)
}
