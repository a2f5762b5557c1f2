package testscripts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"drydock/testscripts/facts"
	"drydock/testscripts/wait"

	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/sys/unix"
)

type command = func(ts *testscript.TestScript, neg bool, args []string)

// commands are those that the scripts have beyond testscript's own.
type commands struct {
	ctx   context.Context // of the one script they serve
	rec   *recorder
	looks map[string]facts.Look
	named map[string]facts.Process // by the script, see facts.World
	least time.Duration            // that waitfor waits
}

func newCommands(ctx context.Context, rec *recorder, patient bool) *commands {
	c := &commands{ctx: ctx, rec: rec, looks: facts.Looks(), named: map[string]facts.Process{}}
	if patient {
		c.least = wait.Deadline
	}
	return c
}

func (c *commands) table() map[string]command {
	t := map[string]command{
		"block":   c.block,
		"end":     c.end,
		"means":   c.means,
		"signal":  c.signal,
		"status":  c.status,
		"waitfor": c.waitfor,
	}
	for name := range c.looks {
		t[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			c.judge(ts, c.look(ts, name, neg, args))
		}
	}
	return t
}

func (c *commands) block(ts *testscript.TestScript, _ bool, args []string) {
	if len(c.rec.blocks) == 0 {
		ts.Defer(func() { c.end(ts, false, nil) }) // when a block fails
	}
	c.rec.open(args[0])
}

// end kills what the script left in the background. testscript would interrupt
// it and wait, for ever where process 1 of a container is deaf to SIGINT, or
// where a grandchild holds the output open.
func (c *commands) end(ts *testscript.TestScript, _ bool, _ []string) {
	for _, cmd := range ts.BackgroundCmds() {
		if cmd.Process.Signal(unix.Signal(0)) != nil {
			continue // it has ended, and its number may be another's by now
		}
		endTree(cmd.Process.Pid)
	}
}

// endTree ends a process and all that descend from it. Each is stopped before
// its children are listed: one that runs could start another child meanwhile,
// which would be nobody's afterwards and not be found.
func endTree(pid int) {
	if unix.Kill(pid, unix.SIGSTOP) != nil {
		return // it has ended
	}
	facts.AwaitStop(pid)
	for _, child := range facts.Children(pid) {
		endTree(child)
	}
	unix.Kill(pid, unix.SIGKILL)
}

func (c *commands) means(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		c.broken(ts, "usage: means TEXT")
	}
	c.rec.current().Meaning = args[0]
}

// broken fails the script for a fault of its own.
func (c *commands) broken(ts *testscript.TestScript, format string, args ...any) {
	c.rec.broken = fmt.Sprintf(format, args...)
	ts.Fatalf("%s", c.rec.broken)
}

// judge records an observation and ends the script if it does not hold.
func (c *commands) judge(ts *testscript.TestScript, o facts.Observation) {
	block := c.rec.current()
	block.Looked, block.Found, block.Expected = o.Looked, o.Found, o.Expected
	if o.Holds {
		ts.Logf("%s: %s", o.Looked, o.Found)
		return
	}
	ts.Logf("looked at: %s\nfound: %s\nexpected: %s", o.Looked, o.Found, o.Expected)
	if block.Meaning != "" {
		ts.Logf("means: %s", block.Meaning)
	}
	ts.Fatalf(lookFailed)
}

// look makes one observation; with neg it holds when the fact does not, in a
// world that is alive.
func (c *commands) look(ts *testscript.TestScript, name string, neg bool, args []string) facts.Observation {
	o, err := c.looks[name](c.world(ts), args)
	if err != nil {
		c.broken(ts, "%s: %v", name, err)
	}
	for name, p := range c.named {
		ts.Setenv(name, strconv.Itoa(p.PID)) // for what the script executes
	}
	if neg {
		if o.Absent == "" {
			o.Absent = "not " + o.Expected
		}
		o.Expected = o.Absent
		o.Holds = !o.Holds && o.Dead == ""
		if o.Dead != "" {
			o.Found = o.Dead + ", so its absence proves nothing"
		}
	}
	return o
}

// world is where the script's looks look from.
func (c *commands) world(ts *testscript.TestScript) facts.World {
	return facts.World{Named: c.named, ContainerPID: func(name string) (int, error) {
		return containerPID(ts.Getenv("MINI_DOCKER_ROOT"), name)
	}}
}

// containerPID asks the engine that the script tests. It does so beside the
// script: what the last command printed stays what it was.
func containerPID(root, name string) (int, error) {
	cmd := exec.Command("mini-docker", "inspect", "--format", "{{.State.Pid}}", name)
	cmd.Env = append(os.Environ(), "MINI_DOCKER_ROOT="+root)
	text, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return 0, errors.New(strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return 0, err
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil && pid == 0 {
		return 0, errors.New("it is not running")
	}
	return pid, err
}

// fewest is how often waitfor looks before it gives up. Where the whole machine
// has stood still, as a laptop or a virtual one does, the time is over at once,
// and what is waited for had no more of it than we.
const fewest = 30

// pause is how long waitfor rests between two looks: a tenth of what it has waited, since
// a look may run a program, and looks without rest would take the processor from
// what is waited for.
func pause(waited time.Duration) time.Duration {
	return min(max(waited/10, 10*time.Millisecond), 200*time.Millisecond)
}

// waitfor repeats a look until it holds.
func (c *commands) waitfor(ts *testscript.TestScript, neg bool, args []string) {
	within := 30 * time.Second
	if len(args) > 0 && strings.HasPrefix(args[0], "within=") {
		d, err := time.ParseDuration(strings.TrimPrefix(args[0], "within="))
		if err != nil {
			c.broken(ts, "waitfor: %v", err)
		}
		within, args = d, args[1:]
	}
	absent := len(args) > 0 && args[0] == "!"
	if absent {
		args = args[1:]
	}
	if neg || len(args) == 0 || c.looks[args[0]] == nil {
		c.broken(ts, "usage: waitfor [within=DURATION] [!] LOOK ARGS…")
	}
	within = max(within, c.least)
	ctx, cancel := context.WithTimeout(c.ctx, within)
	defer cancel()
	begun := time.Now()
	for looks := 1; ; looks++ {
		o := c.look(ts, args[0], absent, args[1:])
		// With the script's time its programs end too: what holds then is no fact.
		over := c.ctx.Err() != nil
		if o.Holds = o.Holds && !over; o.Holds {
			c.judge(ts, o)
			return
		}
		if over || ctx.Err() != nil && looks >= fewest {
			o.Found = fmt.Sprintf("even after %s: %s", within, o.Found)
			c.judge(ts, o)
		}
		time.Sleep(pause(time.Since(begun)))
	}
}

// status runs a program whose exit status must be the given one.
func (c *commands) status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		c.broken(ts, "usage: status N PROGRAM ARGS…")
	}
	o := facts.Observation{
		Looked:   typed(args[1:]),
		Expected: "exit status " + args[0],
	}
	err := ts.Exec(args[1], args[2:]...)
	code, known := exitStatus(err)
	o.Found = fmt.Sprintf("exit status %d", code)
	if !known {
		o.Found = err.Error()
	}
	o.Holds = known && strconv.Itoa(code) == args[0]
	if text := strings.TrimSpace(ts.ReadFile("stderr")); !o.Holds && text != "" {
		o.Found += "\n" + text
	}
	c.judge(ts, o)
}

// bare are the words that the shell takes as they are.
var bare = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// typed writes a program and its arguments as a learner types them.
func typed(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if !bare.MatchString(arg) {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// signal sends a signal to a process that need not be a child of the script.
func (c *commands) signal(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		c.broken(ts, "usage: signal NAME PROCESS")
	}
	sig := unix.SignalNum("SIG" + strings.TrimPrefix(args[0], "SIG"))
	if sig == 0 {
		c.broken(ts, "signal: no signal is called %s", args[0])
	}
	o := facts.Observation{Looked: args[1], Expected: "a process that can be sent SIG" + args[0]}
	p, err := c.world(ts).Find(args[1])
	if err == nil {
		o.Looked = p.String()
		err = unix.Kill(p.PID, sig)
	}
	o.Holds = err == nil
	if err != nil {
		o.Found = err.Error()
	}
	c.judge(ts, o)
}

// exitStatus returns a program's status as a shell would give it.
func exitStatus(err error) (int, bool) {
	if err == nil {
		return 0, true
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return 0, false
	}
	if ws, ok := exit.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return 128 + int(ws.Signal()), true
	}
	return exit.ExitCode(), true
}
