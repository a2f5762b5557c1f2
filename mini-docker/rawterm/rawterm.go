// Package rawterm makes a person's terminal raw: every key comes through as it is,
// for a program on another terminal to make of it what it will.
//
//	raw, err := rawterm.Make(os.Stdin)
//	… // copy what is typed
//	err = raw.Restore()
//
// Should the program be killed in between, a guard, a process of its own, puts the
// terminal back (guard.go); so main calls MaybeGuard.
package rawterm

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Terminal is one that is raw until Restore.
type Terminal struct {
	file  *os.File
	guard *guard
}

// Make switches off all that the terminal does by itself. The flags are those of
// cfmakeraw(3).
func Make(file *os.File) (*Terminal, error) {
	cooked, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("asking how the terminal is set: %w", err)
	}
	raw := *cooked
	raw.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP |
		unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	raw.Oflag &^= unix.OPOST
	raw.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cflag = raw.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0

	t := &Terminal{file: file}
	if t.guard, err = startGuard(file, *cooked, raw); err != nil {
		return nil, err
	}
	if err := t.Again(); err != nil {
		return nil, errors.Join(err, t.Restore())
	}
	return t, nil
}

// Again makes the terminal raw once more: the shell that had it while this program
// was stopped has set it to its own liking.
func (t *Terminal) Again() error { return set(t.file, &t.guard.Raw) }

// Restore puts the terminal back as it was and dismisses the guard.
func (t *Terminal) Restore() error {
	err := set(t.file, &t.guard.Cooked)
	return errors.Join(err, t.guard.dismiss())
}
