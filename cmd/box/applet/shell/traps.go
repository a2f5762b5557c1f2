package shell

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sort"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/syntax"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/shell/rewrite"
)

// traps are the actions that `trap` has set, by signal, and the signals that
// came and were not yet acted upon. The EXIT trap is the library's.
type traps struct {
	mu      sync.Mutex
	actions map[unix.Signal]string // "" is to ignore
	exit    string                 // for listing only
	arrived chan os.Signal
}

func newTraps() *traps {
	// As many as can wait between two commands; what comes above is merged, as
	// the kernel merges pending signals.
	return &traps{actions: map[unix.Signal]string{}, arrived: make(chan os.Signal, 64)}
}

// pending is cheap: it is asked before every command.
func (t *traps) pending() bool { return len(t.arrived) > 0 }

// take returns the actions of all signals that came, as commands.
func (t *traps) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var actions []string
	for {
		select {
		case sig := <-t.arrived:
			if action := t.actions[sig.(unix.Signal)]; action != "" {
				actions = append(actions, action)
			}
		default:
			return strings.Join(actions, "\n")
		}
	}
}

// set makes action what happens on sig; "" ignores it.
func (t *traps) set(sig unix.Signal, action string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.actions[sig] = action
	signal.Ignore(sig)
	if action != "" {
		// After DefaultSignals the runtime believes that its handler is still
		// there; only Ignore, above, made it forget that.
		signal.Notify(t.arrived, sig)
	}
}

// reset gives a signal its default action back.
func (t *traps) reset(sig unix.Signal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, had := t.actions[sig]; !had {
		return
	}
	delete(t.actions, sig)
	signal.Reset(sig)
	applet.DefaultSignal(sig)
}

func (t *traps) caught(sig unix.Signal) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.actions[sig] != ""
}

// runTraps runs what is due between two statements, without touching $?.
func (s *session) runTraps(ctx context.Context) {
	for s.traps.pending() && !s.over {
		file, err := rewrite.Parser().Parse(strings.NewReader(s.traps.take()), "trap")
		if err != nil {
			s.syntaxError(err)
			return
		}
		before := s.status
		for _, stmt := range file.Stmts {
			if s.one(ctx, stmt); s.over {
				return
			}
		}
		s.setStatus(ctx, before)
	}
}

// setStatus makes $? what it was: `(exit N)`.
func (s *session) setStatus(ctx context.Context, n int) {
	call := &syntax.CallExpr{Args: []*syntax.Word{rewrite.Word("exit"), rewrite.Word(fmt.Sprint(n))}}
	s.one(ctx, &syntax.Stmt{Cmd: &syntax.Subshell{Stmts: []*syntax.Stmt{{Cmd: call}}}})
}

// trap sets what the shell does when a signal comes. See POSIX XCU trap.
func (c *command) trap(args []string) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return c.listTraps()
	}
	if strings.HasPrefix(args[0], "-") && args[0] != "-" {
		c.complain("trap: unknown option '" + args[0] + "'")
		return status(applet.Misused)
	}
	action, names := args[0], args[1:]
	if _, isSignal := applet.Signal(action); len(names) == 0 && isSignal {
		action, names = "-", args // `trap INT` resets
	}
	result := applet.OK
	for _, name := range names {
		sig, ok := applet.Signal(name)
		switch {
		case !ok:
			c.complain("trap: " + name + ": unknown signal")
			result = applet.Failed
		case sig == 0:
			c.exitTrap(action)
		case c.s.inSubshell(c.hc):
			c.complain("trap: only EXIT can be trapped inside ( … ), which is no process of its own here")
			result = applet.Failed
		case action == "-":
			c.s.traps.reset(sig)
		default:
			c.s.traps.set(sig, rewrite.Text(action))
		}
	}
	return status(result)
}

func (c *command) exitTrap(action string) {
	c.s.traps.exit = action
	if action == "-" || action == "" {
		c.s.traps.exit = ""
		c.hc.Builtin(c.ctx, []string{"trap", "-", "EXIT"})
		return
	}
	c.hc.Builtin(c.ctx, []string{"trap", "--", rewrite.Text(action), "EXIT"})
}

func (c *command) listTraps() error {
	t := c.s.traps
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for sig, action := range t.actions {
		lines = append(lines, fmt.Sprintf("trap -- %s %s\n", rewrite.Quote(action), applet.SignalName(sig)))
	}
	sort.Strings(lines)
	if t.exit != "" {
		lines = append([]string{"trap -- " + rewrite.Quote(t.exit) + " EXIT\n"}, lines...)
	}
	_, err := c.hc.Stdout.Write([]byte(strings.Join(lines, "")))
	return err
}
