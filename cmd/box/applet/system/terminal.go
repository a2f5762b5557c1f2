package system

import (
	"os"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// tty prints the terminal on standard input. See tty(1).
func tty(e *applet.Env, args []string) int {
	f, _, status, ok := e.Flags(args, "s|silent")
	if !ok {
		return status
	}
	text := "not a tty"
	status = applet.Failed
	if applet.IsTerminal(e.In) {
		status = applet.OK
		var err error
		if text, err = os.Readlink("/proc/self/fd/0"); err != nil {
			text = "unknown"
		}
	}
	if !f.Has("s") {
		e.Out.WriteString(text + "\n")
	}
	return status
}

// clearScreen empties the screen: ECMA-48, CUP and ED.
func clearScreen(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	e.Out.WriteString("\x1b[H\x1b[2J\x1b[3J")
	return applet.OK
}

// reset makes a terminal usable again that a program left in a wrong mode, as
// `stty sane` and reset do. See termios(3).
func reset(e *applet.Env, args []string) int {
	if _, _, status, ok := e.Flags(args, ""); !ok {
		return status
	}
	f, ok := e.In.(*os.File)
	if ok && applet.IsTerminal(f) {
		t, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
		if err != nil {
			return e.Fail("reading the terminal's modes", err)
		}
		t.Iflag = t.Iflag&^(unix.IGNBRK|unix.INLCR|unix.IGNCR|unix.IXOFF) | unix.BRKINT | unix.ICRNL | unix.IXON | unix.IMAXBEL
		t.Oflag = t.Oflag&^(unix.OCRNL|unix.ONOCR|unix.ONLRET) | unix.OPOST | unix.ONLCR
		t.Cflag |= unix.CREAD
		t.Lflag = t.Lflag&^(unix.ECHONL|unix.NOFLSH|unix.TOSTOP) | unix.ISIG | unix.ICANON | unix.IEXTEN |
			unix.ECHO | unix.ECHOE | unix.ECHOK | unix.ECHOCTL | unix.ECHOKE
		if err := unix.IoctlSetTermios(int(f.Fd()), unix.TCSETS, t); err != nil {
			return e.Fail("setting the terminal's modes", err)
		}
	}
	e.Out.WriteString("\x1bc\x1b(B\x1b[m\x1b[J\x1b[?25h")
	return applet.OK
}
