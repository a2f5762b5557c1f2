package sandbox

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// terminal is this process's terminal while a command inside has it.
type terminal struct {
	fd      int
	state   *unix.Termios
	signals chan os.Signal
	ignored []os.Signal // what is not ignored but for the time being
}

// lendTerminal prepares the terminal for a command inside. It returns nil if
// stdin is no terminal, or if it is not this process's turn on it: a job in the
// background must not take the terminal from the user's shell.
func lendTerminal(stdin *os.File) *terminal {
	if stdin == nil {
		return nil
	}
	fd := int(stdin.Fd())
	state, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil
	}
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	if err != nil || group != unix.Getpgrp() {
		return nil
	}
	t := &terminal{fd: fd, state: state, signals: make(chan os.Signal, 8)}
	// In the background from now on, this process would be stopped when it
	// reads (SIGTTIN), sets or takes back (SIGTTOU) the terminal. See
	// tcsetpgrp(3).
	for _, number := range []os.Signal{unix.SIGTTIN, unix.SIGTTOU} {
		if !signal.Ignored(number) {
			signal.Ignore(number)
			t.ignored = append(t.ignored, number)
		}
	}
	signal.Notify(t.signals, unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGWINCH)
	return t
}

// takeBack makes this process the terminal's foreground again, and the terminal
// what it was: the command may have been killed in the middle of a full-screen
// editor.
func (t *terminal) takeBack() {
	unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, unix.Getpgrp())
	unix.IoctlSetTermios(t.fd, unix.TCSETSW, t.state)
	signal.Stop(t.signals)
	if len(t.ignored) > 0 {
		signal.Reset(t.ignored...)
	}
}
