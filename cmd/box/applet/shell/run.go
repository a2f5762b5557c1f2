package shell

import (
	"cmp"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// command is one simple command while it runs.
type command struct {
	s   *session
	hc  interp.HandlerContext
	ctx context.Context
}

func status(n int) error {
	if n == 0 {
		return nil
	}
	return interp.ExitStatus(uint8(n))
}

// complain prints `sh: TEXT`.
func (c *command) complain(text string) {
	io.WriteString(c.hc.Stderr, c.s.e.Name+": "+text+"\n")
}

// spelled spells an error as C programs do.
type spelled struct{ error }

func (e spelled) Error() string { return applet.Reason(e.error) }

// find looks a program up, and says so and why when there is none.
func (c *command) find(name string) (path string, code int) {
	dir := c.dir()
	path, err := child.Look(name, c.hc.Env.Get("PATH").String(), dir)
	switch {
	case err == nil:
		return path, 0
	case errors.Is(err, fs.ErrPermission):
		c.complain(name + ": " + applet.Reason(err))
		return "", applet.NotExecutable
	case strings.Contains(name, "/") && !errors.Is(err, fs.ErrNotExist):
		c.complain(name + ": " + applet.Reason(err))
		return "", applet.NotExecutable
	}
	c.complain(name + ": not found" + instead(name))
	return "", applet.NotFound
}

// dir is the directory a program is to start in; "" for where this process
// stands.
func (c *command) dir() string {
	if c.s.stands(c.hc.Dir) {
		return ""
	}
	return c.hc.Dir
}

// environment is the environment for a program: the exported variables.
func (c *command) environment() []string {
	values := map[string]string{}
	var order []string
	for name, v := range c.hc.Env.Each {
		// The library takes away the mark of being exported when it sets these
		// two itself.
		moved := (name == "PWD" || name == "OLDPWD") && c.s.env.Environ.Get(name).IsSet()
		if !v.IsSet() || v.Kind != expand.String || !v.Exported && !moved {
			delete(values, name)
			continue
		}
		if _, seen := values[name]; !seen {
			order = append(order, name)
		}
		values[name] = v.String()
	}
	var list []string
	for _, name := range order {
		if value, ok := values[name]; ok {
			list = append(list, name+"="+value)
			delete(values, name) // it may have been unset and set again
		}
	}
	return list
}

// run starts a program and waits for it.
func (c *command) run(args []string) error {
	if _, err := child.Look(args[0], c.hc.Env.Get("PATH").String(), c.dir()); errors.Is(err, fs.ErrNotExist) {
		if is, err := c.word(args); is {
			return err
		}
	}
	path, code := c.find(args[0])
	if code != 0 {
		return status(code)
	}
	c.s.foreground.Add(1)
	defer c.s.foreground.Add(-1)
	if c.s.control && !c.s.inSubshell(c.hc) {
		return c.runInFront(path, args)
	}
	pid, copied, err := c.start(path, args, nil)
	if err != nil {
		return c.notStarted(args[0], err)
	}
	ended := c.s.waitBeside(pid)
	copied()
	return c.ended(ended)
}

func (c *command) notStarted(name string, err error) error {
	c.complain(name + ": " + applet.Reason(err))
	return status(applet.NotExecutable)
}

// ended reports a death that the user did not ask for, and returns the status.
func (c *command) ended(ws syscall.WaitStatus) error {
	if !ws.Signaled() {
		return status(child.Status(ws))
	}
	c.s.restoreTerminal()
	switch sig := ws.Signal(); sig {
	case unix.SIGINT:
		if c.s.interactive {
			io.WriteString(c.hc.Stderr, "\n")
			c.s.interrupt()
		}
	case unix.SIGPIPE: // the usual end of `yes | head`
	default:
		io.WriteString(c.hc.Stderr, death(ws)+"\n")
	}
	return status(child.Status(ws))
}

// death is a signal's description as C programs spell it: "Killed".
func death(ws syscall.WaitStatus) string {
	text := applet.Reason(errors.New(ws.Signal().String()))
	if ws.CoreDump() {
		text += " (core dumped)"
	}
	return text
}

// start starts a program on the command's files. copied waits until all that
// it printed has arrived where that is no file, as in `$( … )`.
func (c *command) start(path string, args []string, more *syscall.ProcAttr) (pid int, copied func(), err error) {
	var closing []*os.File
	var copies sync.WaitGroup
	descriptor := func(w io.Writer) (uintptr, error) {
		if f, ok := w.(*os.File); ok {
			return f.Fd(), nil
		}
		read, write, err := os.Pipe()
		if err != nil {
			return 0, err
		}
		closing = append(closing, write)
		copies.Go(func() {
			io.Copy(w, read)
			read.Close()
		})
		return write.Fd(), nil
	}
	attr := &syscall.ProcAttr{Dir: c.dir(), Env: c.environment(), Files: make([]uintptr, 3)}
	if more != nil {
		attr.Dir = cmp.Or(more.Dir, attr.Dir)
		attr.Sys, attr.Files, attr.Env = more.Sys, append(attr.Files, more.Files...), append(attr.Env, more.Env...)
	}
	attr.Files[0] = ^uintptr(0) // `<&-`: closed
	if f, ok := c.hc.Stdin.(*os.File); ok && f != nil {
		attr.Files[0] = f.Fd()
	}
	if attr.Files[1], err = descriptor(c.hc.Stdout); err == nil {
		// `2>&1` is one pipe, so that the order is kept.
		if attr.Files[2] = attr.Files[1]; c.hc.Stderr != c.hc.Stdout {
			attr.Files[2], err = descriptor(c.hc.Stderr)
		}
	}
	if err == nil {
		pid, err = c.s.children.Start(path, args, attr)
		if err == unix.ENOEXEC { // a script without a first line that names its shell
			script := append([]string{"sh", path}, args[1:]...)
			pid, err = c.s.children.Start(child.Self(), script, attr)
		}
	}
	for _, f := range closing {
		f.Close()
	}
	return pid, copies.Wait, err
}
