// Package stdio stands between a caller's standard streams and a command in a
// sandbox, so that no open file of the caller's gets there.
//
//	loan, err := stdio.Lend([3]*os.File{os.Stdin, os.Stdout, os.Stderr}, root)
//	… // run the command with loan.Streams
//	loan.Return()
//
// An open file can do more than a stream is meant for. A folder as standard input
// leads to every other one by "..", a log can be read and emptied through
// /proc/self/fd/1, and a terminal can be typed into (TIOCSTI) or read from when
// its turn is long over. So the command gets pipes, whose other ends are copied
// from and to the caller's files here, and in place of a terminal a
// pseudo-terminal of its own: see pty(7). What is typed into that is read by the
// sandbox alone.
//
// The package starts no commands: see package sandbox, Exec.
package stdio

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Loan is what a command has for its streams while it runs.
type Loan struct {
	Streams [3]*os.File // for the command; nil is /dev/null

	owner    int
	lent     []*os.File // what the command has of it
	inputs   []*input
	outputs  []*output
	terminal *terminal // nil if none of the streams is one
}

// Lend makes the streams of a command from the caller's. owner is the user of
// the host that the command runs as, who may open /dev/stdout by that. Neither
// /dev/null nor a file without a name, which leads nowhere, is copied.
func Lend(own [3]*os.File, owner int) (_ *Loan, err error) {
	l := &Loan{owner: owner}
	defer func() {
		if err != nil {
			l.Return()
		}
	}()
	var kinds [3]unix.Stat_t
	for i, file := range own {
		if file == nil {
			continue
		}
		if err := unix.Fstat(int(file.Fd()), &kinds[i]); err != nil {
			return nil, fmt.Errorf("looking at standard stream %d: %w", i, err)
		}
		switch kind := kinds[i].Mode & unix.S_IFMT; {
		case kind == unix.S_IFDIR:
			return nil, fmt.Errorf("standard stream %d is a directory: a sandbox is given none", i)
		case isTerminal(file):
			err = l.lendTerminal(i, own)
		case isNull(kinds[i]), kind == unix.S_IFREG && kinds[i].Nlink == 0:
			l.Streams[i] = file
		case i == 2 && own[1] != nil && kinds[1].Dev == kinds[2].Dev && kinds[1].Ino == kinds[2].Ino:
			l.Streams[2] = l.Streams[1] // so that lines stay in order
		default:
			err = l.lendPipe(i, file)
		}
		if err != nil {
			return nil, err
		}
	}
	return l, nil
}

// isNull says whether a file is /dev/null. See null(4).
func isNull(stat unix.Stat_t) bool {
	return stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == unix.Mkdev(1, 3)
}

func isTerminal(file *os.File) bool {
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}

// lendPipe makes stream i a pipe, and copies from it or to it.
func (l *Loan) lendPipe(i int, own *os.File) error {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("making a pipe: %w", err)
	}
	theirs := write
	if i == 0 {
		theirs = read
	}
	l.lent, l.Streams[i] = append(l.lent, theirs), theirs
	if i == 0 {
		err = l.feed(own, write, func(bool) { write.Close() })
	} else {
		l.outputs = append(l.outputs, copyOut(own, read))
	}
	return errors.Join(err, l.give(theirs))
}

// give makes the command's user the owner of one of its streams, without which
// they could not open /dev/stdout.
func (l *Loan) give(file *os.File) error {
	if l.owner == os.Geteuid() {
		return nil
	}
	if err := file.Chown(l.owner, -1); err != nil {
		return fmt.Errorf("giving the command its streams: %w", err)
	}
	return nil
}

// Return takes the streams back once the command has ended. All that it printed
// has arrived then; what it left running in the background has nobody to print
// to any more.
func (l *Loan) Return() {
	if l.terminal != nil {
		l.terminal.restore() // while the slave is open, whose size it sets
	}
	for _, file := range l.lent {
		file.Close()
	}
	for _, each := range l.inputs {
		each.finish()
	}
	for _, each := range l.outputs {
		each.finish()
	}
}
