package runtime

import (
	"os"
	"os/signal"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// supervise runs the command as a child of the container's first process, which
// stays as its init: it passes signals on and reaps. It returns the command's
// exit status, and when the init ends with it the kernel kills whatever else is
// left in the PID namespace. See pid_namespaces(7).
func supervise(path string, process *specs.Process, starter *os.File) (exit int, err error) {
	signals := make(chan os.Signal, 32)
	signal.Notify(signals)
	child, err := os.StartProcess(path, process.Args, &os.ProcAttr{
		Env:   process.Env,
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   foreground(process.Terminal),
	})
	if err != nil {
		err = execError(process.Args[0], err)
		return exitOf(err), err
	}
	starter.Close() // tells Start that the command runs
	go forward(signals, child.Pid)
	return reap(child.Pid)
}

// foreground puts the command into a process group of its own, and that group
// in front of the terminal, so that Ctrl-C reaches the command and not the init.
func foreground(terminal bool) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Foreground: terminal, Ctty: 0}
}

// forward passes on every signal that is sent to the init, for as long as the
// process lives.
func forward(signals <-chan os.Signal, pid int) {
	for received := range signals {
		switch number := received.(unix.Signal); number {
		case unix.SIGCHLD, unix.SIGURG: // the init's own; Go uses SIGURG itself
		default:
			unix.Kill(pid, number)
		}
	}
}

// reap waits for every process that ends as a child of this one, until the
// command has, and returns the command's exit status. A process whose parent
// dies becomes a child of PID 1. Unless somebody waits for it, it stays as a
// zombie: it runs no more, but keeps its number. See wait(2).
func reap(command int) (exit int, err error) {
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, 0, nil)
		if err == unix.EINTR {
			continue // a signal came in between: forward deals with it
		}
		if err != nil {
			return 1, err
		}
		if pid != command {
			continue // an orphan: waiting for it was all it needed
		}
		if status.Signaled() {
			return 128 + int(status.Signal()), nil
		}
		return status.ExitStatus(), nil
	}
}
