package system

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// sequences are what terminals of today understand of terminfo(5), all alike:
// ECMA-48, and xterm's own.
var sequences = map[string]string{
	"clear": "\x1b[H\x1b[2J", "home": "\x1b[H", "el": "\x1b[K", "ed": "\x1b[J",
	"bold": "\x1b[1m", "dim": "\x1b[2m", "smul": "\x1b[4m", "rmul": "\x1b[24m", "rev": "\x1b[7m",
	"smso": "\x1b[7m", "rmso": "\x1b[27m", "sgr0": "\x1b[m",
	"civis": "\x1b[?25l", "cnorm": "\x1b[?25h", "smcup": "\x1b[?1049h", "rmcup": "\x1b[?1049l",
}

// tput prints what makes a terminal do something, or what it can do. See tput(1).
func tput(e *applet.Env, args []string) int {
	if len(args) == 0 {
		return e.Misuse("a capability is missing")
	}
	number := func(i int) int {
		if i >= len(args) {
			return 0
		}
		n, _ := strconv.Atoi(args[i])
		return n
	}
	switch name := args[0]; name {
	case "cols", "lines":
		fmt.Fprintln(e.Out, terminalSize(name))
	case "colors":
		e.Out.WriteString("256\n")
	case "setaf":
		fmt.Fprintf(e.Out, "\x1b[38;5;%dm", number(1))
	case "setab":
		fmt.Fprintf(e.Out, "\x1b[48;5;%dm", number(1))
	case "cup":
		fmt.Fprintf(e.Out, "\x1b[%d;%dH", number(1)+1, number(2)+1)
	case "reset", "init":
		return reset(e, nil)
	default:
		sequence, ok := sequences[name]
		if !ok {
			return e.Misuse("unknown capability " + strconv.Quote(name))
		}
		e.Out.WriteString(sequence)
	}
	return applet.OK
}

// terminalSize asks whichever of the standard streams is a terminal, and then the
// variable that a shell sets.
func terminalSize(name string) int {
	size, variable := 80, "COLUMNS"
	if name == "lines" {
		size, variable = 24, "LINES"
	}
	for _, fd := range []int{2, 1, 0} {
		window, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
		switch {
		case err != nil:
		case name == "cols" && window.Col > 0:
			return int(window.Col)
		case name == "lines" && window.Row > 0:
			return int(window.Row)
		}
	}
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 0 {
		return n
	}
	return size
}
