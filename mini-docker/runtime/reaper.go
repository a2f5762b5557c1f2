package runtime

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// reaperArg is argv[0] of a container's init, see becomeReaper.
const reaperArg = "docker-init"

// starterFD is where the reaper finds the connection to whoever called Start.
const starterFD = 3

// becomeReaper executes this program anew, by now as the container's user,
// under its filter and with its capabilities: the init is no more privileged
// than the command it looks after. It returns only an error.
func becomeReaper(path string, process *specs.Process, starter *os.File) error {
	if err := unix.Dup3(int(starter.Fd()), starterFD, 0); err != nil {
		return fmt.Errorf("starting the init: %w", err)
	}
	args := append([]string{reaperArg, strconv.FormatBool(process.Terminal), path}, process.Args...)
	return execError("/proc/self/exe", "/proc/self/exe", unix.Exec("/proc/self/exe", args, process.Env))
}

// reaperMain runs the command as its child, passes signals on and reaps. When
// it ends with the command's exit status, the kernel kills whatever is left in
// the PID namespace. See pid_namespaces(7).
func reaperMain(terminal, path string, args []string) (exit int) {
	nameYourself(reaperArg)
	unix.CloseOnExec(starterFD)
	starter := os.NewFile(starterFD, "starter")
	signals := make(chan os.Signal, 32)
	signal.Notify(signals)
	child, err := os.StartProcess(path, args, &os.ProcAttr{
		Env:   os.Environ(),
		Files: []*os.File{os.Stdin, os.Stdout, os.Stderr},
		Sys:   foreground(terminal == "true"),
	})
	if err != nil {
		err = execError(args[0], path, err)
		sendReply(starter, replyOf(err), nil)
		return exitOf(err)
	}
	starter.Close() // tells Start that the command runs
	go forward(signals, child.Pid)
	exit, err = reap(child.Pid)
	if err != nil {
		return 1
	}
	return exit
}

// nameYourself sets the name that ps shows; the kernel took it from /proc/self/exe. It
// does so by system calls alone: package os wants an epoll descriptor for its first file,
// and panics where the limit of open files (ulimit -n) leaves none.
func nameYourself(name string) {
	if fd, err := unix.Open("/proc/self/comm", unix.O_WRONLY|unix.O_CLOEXEC, 0); err == nil {
		unix.Write(fd, []byte(name))
		unix.Close(fd)
	}
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
