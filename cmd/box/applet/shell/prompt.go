package shell

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet/id"
)

// prompt is PS1, or PS2 where a command needs another line. As in busybox and
// bash, \h, \w, \W, \u, \$, \n, \e and \s stand for things that change, and \{FILE}
// for the first line of a file. \L is " (2)" in a shell within a shell, " (3)" in one
// within that: so many exits lead out.
func (s *session) prompt(more bool) string {
	if more {
		if ps2 := s.variable("PS2"); ps2 != "" {
			return ps2
		}
		return "> "
	}
	ps1 := s.variable("PS1")
	if ps1 == "" {
		ps1 = `\h:\w \$ `
	}
	var b strings.Builder
	for i := 0; i < len(ps1); i++ {
		if ps1[i] != '\\' || i+1 == len(ps1) {
			b.WriteByte(ps1[i])
			continue
		}
		i++
		if file, _, whole := strings.Cut(ps1[i:], "}"); whole && ps1[i] == '{' {
			b.WriteString(s.promptWord(file[1:]))
			i += len(file)
			continue
		}
		b.WriteString(s.promptPart(ps1[i]))
	}
	return strings.TrimLeft(b.String(), " ") // under another root no file may be there
}

// promptWord is the first line of a file. The shell holds on to its folder: under
// another root the path leads nowhere.
func (s *session) promptWord(file string) string {
	if s.promptDir == nil {
		s.promptDir, _ = os.OpenRoot(filepath.Dir(file))
	}
	if s.promptDir == nil {
		return ""
	}
	text, _ := s.promptDir.ReadFile(filepath.Base(file))
	line, _, _ := strings.Cut(string(text), "\n")
	return line
}

func (s *session) promptPart(letter byte) string {
	switch letter {
	case 'h', 'H':
		var uts unix.Utsname
		unix.Uname(&uts)
		host := unix.ByteSliceToString(uts.Nodename[:])
		if letter == 'h' {
			host, _, _ = strings.Cut(host, ".")
		}
		return host
	case 'w', 'W':
		return s.promptPlace(letter == 'W')
	case 'u':
		return id.Users().Name(uint32(os.Geteuid()))
	case '$':
		if os.Geteuid() == 0 {
			return "#"
		}
		return "$"
	case 'n':
		return "\r\n"
	case 'e':
		return "\x1b"
	case 's':
		return "sh"
	case 'L':
		if level := s.level(); level > 1 {
			return " (" + strconv.Itoa(level) + ")"
		}
		return "" // no other shell to go back to
	case '[', ']': // bash's marks around what takes no room
		return ""
	}
	return `\` + string(letter)
}

func (s *session) promptPlace(last bool) string {
	dir := s.place
	if dir == nowhere {
		return strings.TrimPrefix(dir, "/")
	}
	if home := s.variable("HOME"); home != "" && home != "/" {
		if rest, ok := strings.CutPrefix(dir, home); ok && (rest == "" || rest[0] == '/') {
			dir = "~" + rest
		}
	}
	if last && dir != "/" {
		return dir[strings.LastIndex(dir, "/")+1:]
	}
	return dir
}
