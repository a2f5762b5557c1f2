package shell

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
	"drydock/cmd/box/applet/shell/rewrite"
)

// background starts what stood before an `&`. A program becomes a child of
// this shell. Anything else runs in a second shell that is handed this one's
// state, for a Go program cannot fork a copy of itself: only one of its
// threads would be there.
func (c *command) background(args []string) error {
	text := strings.Join(args, " ")
	var path, script string
	switch {
	case args[0] == rewrite.Prefix+"text":
		text, script = args[1], args[1]
	case strings.HasPrefix(args[0], rewrite.Prefix), interp.IsBuiltin(args[0]), c.s.runner.Funcs[args[0]] != nil:
		script = rewrite.Quoted(args)
	default:
		var code int
		if path, code = c.find(args[0]); code != 0 {
			// The shell has no status of it to give but through wait; it did
			// start nothing.
			return nil
		}
	}
	attr := &syscall.ProcAttr{Sys: &syscall.SysProcAttr{
		// With a group of its own it is not meant by Ctrl-C.
		Setpgid: c.s.interactive,
	}}
	if script != "" {
		state, err := c.state(script)
		if err != nil {
			c.complain("starting " + text + ": " + applet.Reason(err))
			return status(applet.Failed)
		}
		defer state.Close()
		attr.Files, attr.Env = []uintptr{state.Fd()}, []string{varState + "=1"}
		path, args = child.Self(), []string{"sh", "-c", script}
	}
	return c.detach(path, args, text, attr)
}

// detach starts a program that is not waited for, as a job.
func (c *command) detach(path string, args []string, text string, attr *syscall.ProcAttr) error {
	if c.hc.Stdin == c.s.e.In && !c.s.interactive {
		none, err := nothing()
		if err != nil {
			return err
		}
		defer none.Close()
		c.hc.Stdin = none
	}
	pid, _, err := c.start(path, args, attr)
	if err != nil {
		c.complain(text + ": " + applet.Reason(err))
		return status(applet.Failed)
	}
	j := c.s.addJob(pid, text)
	c.s.env.set(rewrite.LastJob, strconv.Itoa(pid))
	if c.s.interactive {
		fmt.Fprintf(c.hc.Stderr, "[%d] %d\n", j.number, pid)
	}
	return nil
}

// nothing is an empty input, for what runs in the background and would take the
// lines that are meant for the shell: POSIX XCU 2.9.3.1, Asynchronous Lists.
func nothing() (*os.File, error) {
	if f, err := os.Open(os.DevNull); err == nil {
		return f, nil
	}
	// A bare root has no /dev. A pipe that nobody writes to is as empty.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	return r, w.Close()
}

// varState is set in the environment of a shell that finds its commands on
// descriptor 3. They cannot be in its arguments, which ps shows, nor on its
// standard input, which is the user's.
const varState = "BOX_STATE"

// state writes a script that makes another shell what this one is, and then
// runs text: variables, functions, options, arguments.
func (c *command) state(text string) (*os.File, error) {
	fd, err := unix.MemfdCreate("sh-state", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), "sh-state")
	var b strings.Builder
	lines := map[string]string{}
	for name, v := range c.hc.Env.Each {
		delete(lines, name)
		hidden := strings.HasPrefix(name, "BOX_") || v.ReadOnly
		if v.IsSet() && v.Kind == expand.String && !v.Exported && !hidden {
			lines[name] = name + "=" + rewrite.Quote(v.String()) + "\n"
		}
	}
	for _, name := range sortedKeys(lines) {
		b.WriteString(lines[name])
	}
	for _, name := range []string{rewrite.ShellPID, rewrite.Name, rewrite.LastJob} {
		if v := c.hc.Env.Get(name); v.IsSet() {
			fmt.Fprintf(&b, "%sinherit %s %s\n", rewrite.Prefix, name, rewrite.Quote(v.String()))
		}
	}
	for name, body := range c.s.runner.Funcs {
		fmt.Fprintf(&b, "%s() %s\n", name, rewrite.Printed(body))
	}
	fmt.Fprintf(&b, "set -- %s\n", rewrite.Quoted(c.s.runner.Params))
	if flags := c.hc.Env.Get("-").String(); flags != "" {
		fmt.Fprintf(&b, "set -%s\n", flags)
	}
	b.WriteString(text + "\n")
	if _, err := f.WriteString(b.String()); err != nil {
		f.Close()
		return nil, err
	}
	if _, err := f.Seek(0, 0); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func sortedKeys(m map[string]string) []string {
	var keys []string
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// inherit sets one of the variables that have no assignment of their own.
func (c *command) inherit(args []string) error {
	c.s.env.set(args[0], args[1])
	return nil
}

// takeInherited returns the commands that a parent shell left, if it did.
func takeInherited() *os.File {
	if os.Getenv(varState) == "" {
		return nil
	}
	os.Unsetenv(varState)
	unix.CloseOnExec(3)
	return os.NewFile(3, "sh-state")
}
