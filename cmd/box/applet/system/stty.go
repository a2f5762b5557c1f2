package system

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// localModes are the modes of a terminal that people change by hand. See
// termios(3), c_lflag.
var localModes = []struct {
	name string
	flag uint32
}{
	{"isig", unix.ISIG}, {"icanon", unix.ICANON}, {"iexten", unix.IEXTEN}, {"echo", unix.ECHO},
	{"echoe", unix.ECHOE}, {"echok", unix.ECHOK}, {"echonl", unix.ECHONL}, {"noflsh", unix.NOFLSH}, {"tostop", unix.TOSTOP},
}

// stty shows and sets the modes of the terminal on standard input. See stty(1).
func stty(e *applet.Env, args []string) int {
	if len(args) > 0 && strings.HasPrefix(args[0], "--") {
		if _, _, status, ok := e.Flags(args, ""); !ok {
			return status
		}
	}
	file, isFile := e.In.(*os.File)
	if !isFile {
		return e.Complain("standard input is no terminal")
	}
	modes, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	if err != nil {
		return e.Fail("standard input", err)
	}
	size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return e.Fail("standard input", err)
	}
	if len(args) == 0 || args[0] == "-a" {
		fmt.Fprintf(e.Out, "rows %d; columns %d;\n", size.Row, size.Col)
		for i, each := range localModes {
			mark := map[bool]string{false: "-"}[modes.Lflag&each.flag != 0]
			e.Out.WriteString(strings.Repeat(" ", min(i, 1)) + mark + each.name)
		}
		e.Out.WriteString("\n")
		return applet.OK
	}
	for len(args) > 0 {
		used, ok := setMode(e, args, modes, size)
		if !ok {
			return e.Misuse("invalid argument " + strconv.Quote(args[0]))
		}
		args = args[used:]
	}
	if err := unix.IoctlSetTermios(int(file.Fd()), unix.TCSETSW, modes); err != nil {
		return e.Fail("setting the modes", err)
	}
	if err := unix.IoctlSetWinsize(int(file.Fd()), unix.TIOCSWINSZ, size); err != nil {
		return e.Fail("setting the size", err)
	}
	return applet.OK
}

// setMode does what the first of some arguments says, and returns how many it took.
func setMode(e *applet.Env, args []string, modes *unix.Termios, size *unix.Winsize) (used int, ok bool) {
	word := args[0]
	switch word {
	case "size":
		fmt.Fprintf(e.Out, "%d %d\n", size.Row, size.Col)
		return 1, true
	case "sane", "cooked", "-raw":
		modes.Iflag |= unix.BRKINT | unix.ICRNL | unix.IXON
		modes.Oflag |= unix.OPOST | unix.ONLCR
		modes.Lflag |= unix.ISIG | unix.ICANON | unix.IEXTEN | unix.ECHO | unix.ECHOE | unix.ECHOK
		return 1, true
	case "raw", "-cooked":
		modes.Iflag &^= unix.BRKINT | unix.ICRNL | unix.IXON | unix.INPCK | unix.ISTRIP
		modes.Oflag &^= unix.OPOST
		modes.Lflag &^= unix.ISIG | unix.ICANON | unix.IEXTEN
		modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
		return 1, true
	case "rows", "cols", "columns":
		if len(args) < 2 {
			return 0, false
		}
		number, err := strconv.ParseUint(args[1], 10, 16)
		if word == "rows" {
			size.Row = uint16(number)
		} else {
			size.Col = uint16(number)
		}
		return 2, err == nil
	}
	name, off := strings.CutPrefix(word, "-")
	for _, each := range localModes {
		if each.name != name {
			continue
		}
		modes.Lflag |= each.flag
		if off {
			modes.Lflag &^= each.flag
		}
		return 1, true
	}
	return 0, false
}
