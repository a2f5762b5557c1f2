package shell

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// words are programs that a person needs wherever they stand: a learner exchanges
// the root of their shell with pivot_root, and the tutor's own are then on no path.
// $WORDS names them, as $PATH does folders, and $SAYING those of them behind which a
// person says something in words of their own. The shell holds on to the root that it
// began in, and starts them there.
type words struct {
	root   *os.File
	path   map[string]string // by name
	saying []string
}

// hold reads $WORDS and $SAYING; nil is for none.
func hold(list, saying string) *words {
	if list == "" {
		return nil
	}
	fd, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	w := &words{os.NewFile(uintptr(fd), "/"), map[string]string{}, filepath.SplitList(saying)}
	for _, path := range filepath.SplitList(list) {
		w.path[filepath.Base(path)] = path
	}
	return w
}

// word runs a word that this root does not have in the one that the shell began in.
func (c *command) word(args []string) (is bool, err error) {
	if c.s.words == nil || c.s.words.path[args[0]] == "" {
		return false, nil
	}
	c.s.foreground.Add(1)
	defer c.s.foreground.Add(-1)
	pid, copied, err := c.startAtRoot(c.s.words.root, c.s.words.path[args[0]], args)
	if err == nil {
		ended := c.s.waitBeside(pid)
		copied()
		return true, c.ended(ended)
	}
	if errors.Is(err, fs.ErrNotExist) { // the shell began in another root
		c.complain(args[0] + ": not found in this root: exit leaves it, or another terminal has it")
		return true, status(applet.NotFound)
	}
	return true, c.notStarted(args[0], err)
}

// startAtRoot starts a program with another root. It has no path any more where it
// was exchanged, so this process stands in it for a moment: chroot(2) of "." needs none.
func (c *command) startAtRoot(root *os.File, path string, args []string) (pid int, copied func(), err error) {
	here, err := unix.Open(".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, nil, err
	}
	defer unix.Close(here)
	if err := unix.Fchdir(int(root.Fd())); err != nil {
		return 0, nil, err
	}
	defer unix.Fchdir(here)
	return c.start(path, args, &syscall.ProcAttr{Dir: "/", Sys: &syscall.SysProcAttr{Chroot: "."}})
}
