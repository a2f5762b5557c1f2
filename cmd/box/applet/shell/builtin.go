package shell

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/interp"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
	"drydock/cmd/box/applet/shell/rewrite"
	"drydock/cmd/box/applet/text"
)

// builtin is a command that runs in the shell itself.
type builtin func(c *command, args []string) error

// builtins are those that the library lacks, or does differently from the
// kernel's point of view.
func builtins() map[string]builtin {
	return map[string]builtin{
		"cd": (*command).cd, "pwd": (*command).pwd,
		"echo":   func(c *command, args []string) error { return c.print("echo", text.Echo, args) },
		"printf": func(c *command, args []string) error { return c.print("printf", text.Printf, args) },
		"exec":   (*command).replace, "umask": (*command).umask, "ulimit": (*command).ulimit, "set": (*command).variables,
		"kill": (*command).kill, "wait": (*command).wait, "jobs": (*command).list,
		"fg": (*command).front, "bg": (*command).back,
		"trap": (*command).trap, "read": (*command).read,
		"times": (*command).times, "help": (*command).help, "history": (*command).history,
	}
}

// internals are commands that only rewrite puts into the tree.
func internals() map[string]builtin {
	return map[string]builtin{
		"background": (*command).background, "inherit": (*command).inherit,
		"time-start": (*command).timeStart, "time-end": (*command).timeEnd,
	}
}

// print runs an applet that prints. All it prints goes out in one write, and
// an error of that write is the command's: the kernel's files answer so.
func (c *command) print(name string, run applet.Func, args []string) error {
	e := &applet.Env{Name: c.s.e.Name + ": " + name, Out: applet.NewOutput(c.hc.Stdout), Err: c.hc.Stderr}
	code := run(e, args)
	err := e.Out.Flush()
	if errors.Is(err, unix.EPIPE) {
		// A C shell would be killed by SIGPIPE here. What runs in this process
		// ends just so: `while :; do echo y; done | head -1`.
		return c.hc.Builtin(c.ctx, []string{"exit", strconv.Itoa(128 + int(unix.SIGPIPE))})
	}
	if err != nil {
		code = e.Fail("write error", err)
	}
	return status(code)
}

// cd moves the process, and the library's idea of where it is. See POSIX XCU
// cd: the path is followed as it is written, so that `cd ..` leads back
// through a link.
func (c *command) cd(args []string) error {
	physical := len(args) > 0 && args[0] == "-P"
	if len(args) > 0 && (args[0] == "-P" || args[0] == "-L" || args[0] == "--") {
		args = args[1:]
	}
	if len(args) > 1 {
		c.complain("cd: too many arguments")
		return status(applet.Failed)
	}
	to, show := c.hc.Env.Get("HOME").String(), false
	if len(args) == 1 {
		to = args[0]
	}
	if to == "-" {
		to, show = c.hc.Env.Get("OLDPWD").String(), true
	}
	path := filepath.Clean(to)
	if !filepath.IsAbs(to) {
		path = filepath.Join(c.hc.Dir, to)
	}
	if c.s.inSubshell(c.hc) {
		return c.hc.Builtin(c.ctx, []string{"cd", path})
	}
	path, err := c.s.move(to, path, physical)
	if err != nil {
		c.complain("cd: can't cd to " + to + ": " + applet.Reason(err))
		return status(applet.Failed)
	}
	if show {
		io.WriteString(c.hc.Stdout, path+"\n")
	}
	return c.hc.Builtin(c.ctx, []string{"cd", path})
}

// move goes to path, or, where that cannot be or is not wanted, to what the
// kernel makes of to: the way back may be gone while a step up still works.
func (s *session) move(to, path string, physical bool) (string, error) {
	lost := s.place == nowhere && !filepath.IsAbs(to)
	err := error(unix.ENOENT)
	if !lost && !physical {
		err = unix.Chdir(path)
	}
	if err != nil {
		if err = unix.Chdir(to); err != nil {
			return "", err
		}
		path, _ = unix.Getwd()
	}
	if !strings.HasPrefix(path, "/") {
		path = nowhere
	}
	s.place = path
	return path, nil
}

func (c *command) pwd(args []string) error {
	if c.s.place == nowhere && !c.s.inSubshell(c.hc) {
		c.complain("pwd: the working directory has no path below this root")
		return status(applet.Failed)
	}
	return c.hc.Builtin(c.ctx, append([]string{"pwd"}, args...))
}

// replace is exec with a command: the program takes the shell's place, its
// process number and its open files. See execve(2).
func (c *command) replace(args []string) error {
	path, code := c.find(args[0])
	if code != 0 {
		return c.hc.Builtin(c.ctx, []string{"exit", strconv.Itoa(code)})
	}
	if c.s.inSubshell(c.hc) {
		var code interp.ExitStatus
		errors.As(c.run(args), &code)
		return c.hc.Builtin(c.ctx, []string{"exit", strconv.Itoa(int(code))})
	}
	c.s.restoreTerminal()
	for fd, x := range []any{c.hc.Stdin, c.hc.Stdout, c.hc.Stderr} {
		f, ok := x.(*os.File)
		switch {
		case !ok || f == nil:
			unix.Close(fd)
		case int(f.Fd()) != fd:
			unix.Dup3(int(f.Fd()), fd, 0)
		}
	}
	env := c.environment()
	if c.s.keyboard != nil { // what takes this shell's place is no deeper
		env = append(slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, depth+"=") }), depth+"="+strconv.Itoa(max(c.s.level()-1, 0)))
	}
	err := syscall.Exec(path, args, env)
	if err == unix.ENOEXEC {
		err = syscall.Exec(child.Self(), append([]string{"sh", path}, args[1:]...), env)
	}
	c.complain(args[0] + ": " + applet.Reason(err))
	return c.hc.Builtin(c.ctx, []string{"exit", strconv.Itoa(applet.NotExecutable)})
}

// umask shows or sets the bits that new files do not get. See umask(2).
func (c *command) umask(args []string) error {
	if len(args) == 0 {
		now := unix.Umask(0)
		unix.Umask(now)
		fmt.Fprintf(c.hc.Stdout, "%04o\n", now)
		return nil
	}
	mask, err := strconv.ParseUint(args[0], 8, 12)
	if err != nil {
		c.complain("umask: only octal numbers are supported, not '" + args[0] + "'")
		return status(applet.Misused)
	}
	unix.Umask(int(mask))
	return nil
}

// variables is set without arguments.
func (c *command) variables([]string) error {
	lines := map[string]string{}
	for name, v := range c.hc.Env.Each {
		delete(lines, name)
		if v.IsSet() && !strings.HasPrefix(name, "BOX_") {
			lines[name] = name + "=" + rewrite.Quote(v.String()) + "\n"
		}
	}
	var sorted []string
	for _, line := range lines {
		sorted = append(sorted, line)
	}
	sort.Strings(sorted)
	_, err := io.WriteString(c.hc.Stdout, strings.Join(sorted, ""))
	return err
}
