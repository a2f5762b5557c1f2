package stdio

import (
	"fmt"
	"os"
	"os/signal"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"drydock/mini-docker/rawterm"
)

// terminal is the caller's terminal while a command has a pseudo-terminal in its
// place. Keys are not looked at here but there: Ctrl-C, Ctrl-Z and the erase
// key mean what they mean to the command's terminal.
//
//	keyboard ─▶ caller's terminal, raw ─▶ master ─▶ slave ─▶ command
//	screen   ◀─                        ◀─        ◀─       ◀─
type terminal struct {
	own           *os.File
	master, slave *os.File
	raw           *rawterm.Terminal // own; nil while it was not this process's turn
	signals       chan os.Signal
	followed      chan struct{}
}

// lendTerminal makes stream i, a terminal, a pseudo-terminal. There is one for
// all of the streams that are terminals.
func (l *Loan) lendTerminal(i int, own [3]*os.File) error {
	if l.terminal == nil {
		var err error
		if l.terminal, err = open(own[i]); err != nil {
			return err
		}
		l.lent = append(l.lent, l.terminal.slave)
		l.outputs = append(l.outputs, copyOut(screenOf(own), l.terminal.master))
		if err := l.give(l.terminal.slave); err != nil {
			return err
		}
	}
	l.Streams[i] = l.terminal.slave
	if i > 0 || !isMyTurn(own[0]) {
		return nil
	}
	if err := l.terminal.makeRaw(); err != nil {
		return err
	}
	return l.feed(own[0], l.terminal.master, l.terminal.hangUp)
}

// hangUp passes on that the caller's terminal is gone: what runs on the other one is
// told as by any terminal, with SIGHUP and an end of file. The caller itself need not
// have been told: it may lead no session, as below su(1), or have that signal ignored.
func (t *terminal) hangUp(isGone bool) {
	if isGone {
		t.master.Close()
	}
}

// open makes a pseudo-terminal that is set as the caller's terminal is, and has
// it follow that one's size.
func open(own *os.File) (*terminal, error) {
	master, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("making a terminal for the sandbox: %w", err)
	}
	if master, err = pollable(master); err != nil {
		slave.Close()
		return nil, fmt.Errorf("making a terminal for the sandbox: %w", err)
	}
	t := &terminal{own: own, master: master, slave: slave,
		signals: make(chan os.Signal, 8), followed: make(chan struct{})}
	if modes, err := unix.IoctlGetTermios(int(own.Fd()), unix.TCGETS); err == nil {
		unix.IoctlSetTermios(int(slave.Fd()), unix.TCSETS, modes)
	}
	pty.InheritSize(own, slave)
	signal.Notify(t.signals, unix.SIGWINCH, unix.SIGCONT)
	go t.follow()
	return t, nil
}

// pollable returns the same open file as one that can be closed while it is read from:
// package pty leaves it blocking.
func pollable(file *os.File) (*os.File, error) {
	defer file.Close()
	fd, err := unix.FcntlInt(file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	return os.NewFile(uintptr(fd), file.Name()), err
}

// screenOf is the stream that what is printed goes to.
func screenOf(own [3]*os.File) *os.File {
	for _, file := range own[1:] {
		if file != nil && isTerminal(file) {
			return file
		}
	}
	return own[0] // as a rule it is open for both
}

// isMyTurn says whether this process may read from the terminal: a job in the
// background must not take it from the user's shell. One that is no controlling
// terminal of this process (ENOTTY) has no jobs of its. See tcgetpgrp(3).
func isMyTurn(own *os.File) bool {
	group, err := unix.IoctlGetInt(int(own.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// makeRaw has every key come through as it is.
func (t *terminal) makeRaw() error {
	raw, err := rawterm.Make(t.own)
	if err != nil {
		return err
	}
	t.raw = raw
	return nil
}

// follow passes on how large the caller's terminal becomes. After a stop the
// shell outside has set it as it likes.
func (t *terminal) follow() {
	defer close(t.followed)
	for received := range t.signals {
		if received == unix.SIGCONT && t.raw != nil {
			t.raw.Again()
		}
		pty.InheritSize(t.own, t.slave)
	}
}

// restore makes the terminal what it was: the command may have been killed in
// the middle of a full-screen editor.
func (t *terminal) restore() {
	signal.Stop(t.signals)
	close(t.signals)
	<-t.followed
	if t.raw != nil {
		t.raw.Restore()
	}
}
