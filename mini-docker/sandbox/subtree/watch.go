package subtree

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// WatcherArg is argv[0] of a watcher. Its further arguments are directories of
// groups.
const WatcherArg = "sandbox-watcher"

// watcher is a process that removes the groups when this one dies. It holds the
// read end of a pipe that nothing is ever written to: the end of file comes
// when the last writer is gone, however that came about. See pipe(7).
type watcher struct {
	process *exec.Cmd
	alive   *os.File // the write end
}

// Watch starts the watcher from a program that turns into Watcher when argv[0] is
// WatcherArg.
func (s *Subtree) Watch(program *os.File) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	defer read.Close()
	process := &exec.Cmd{
		Path: "/proc/self/fd/3", // the first of the extra files
		Args: append([]string{WatcherArg}, s.dirs()...),
		Env:  []string{},
		Dir:  "/", // it keeps no file system busy
		// Of the standard streams it gets nothing else: whoever reads what we
		// print must not have to wait for it.
		Stdin:      read,
		ExtraFiles: []*os.File{program},
		// A session of its own: no terminal's signals, no shell's job.
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
	}
	if err := process.Start(); err != nil {
		write.Close()
		return fmt.Errorf("starting the watcher of the cgroups: %w", err)
	}
	s.watcher = &watcher{process, write}
	return nil
}

// stop ends the watcher. It finds nothing left to remove.
func (w *watcher) stop() error {
	w.alive.Close()
	var exit *exec.ExitError
	if err := w.process.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil // that somebody killed it does not matter any more
}

// Watcher is the life of a watcher. It returns its exit status.
func Watcher(dirs []string) int {
	// Whoever stops a whole session or scope means the sandbox: its end is what
	// is waited for.
	signal.Ignore(unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT)
	io.Copy(io.Discard, os.Stdin)
	if remove(dirs, patience) != nil {
		return 1 // left to the next sandbox
	}
	return 0
}
