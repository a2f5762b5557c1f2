package shell

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

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
		if !known {
			ended, known = c.s.waited(pid)
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

// target reads what a signal is sent to: of a job, that has a group of its own
// in a shell that a person talks to, it is all of the group.
func (c *command) target(text string) (int, bool) {
	pid, ok := c.s.pid(text)
	if strings.HasPrefix(text, "%") && c.s.interactive {
		pid = -pid
	}
	return pid, ok
}

// kill sends a signal; it is built in so that %1 works, and so that a shell
// can be told to signal even where no process more can be started.
func (c *command) kill(args []string) error {
	var sent unix.Signal
	toSelf := false
	e := &applet.Env{Name: c.s.e.Name + ": kill", Usage: applet.KillUsage, Out: applet.NewOutput(c.hc.Stdout), Err: c.hc.Stderr}
	before := len(c.s.traps.arrived)
	code := applet.Kill(e, args, c.target, func(pid int, sig unix.Signal) error {
		toSelf = toSelf || pid == unix.Getpid()
		sent = sig
		err := unix.Kill(pid, sig)
		if _, stopped := c.s.children.Stopped(-pid); stopped && (sig == unix.SIGTERM || sig == unix.SIGHUP) {
			c.s.children.Continue(-pid, pid) // so that the job can take it
		}
		return err
	})
	e.Out.Flush()
	// A trap for it is to run before the next command. The signal is with the
	// kernel already, but Go hands it over in its own time: a second or more of
	// this process', for the machine may stand still for longer.
	if toSelf && c.s.traps.caught(sent) {
		const tries = 20000
		for n := 0; len(c.s.traps.arrived) == before && n < tries; n++ {
			time.Sleep(50 * time.Microsecond)
		}
	}
	return status(code)
}
