package files

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// display is an entry's name as it is shown: with a colour for its kind where
// colours are wanted, with a sign for it where -F asks.
func (l *lister) display(en entry) string {
	name := en.name
	sign := ""
	color := ""
	switch typeLetter(en.st.Mode) {
	case 'd':
		color, sign = "1;34", "/"
	case 'l':
		color, sign = "1;36", "@"
	case 'c', 'b':
		color = "1;33"
	case 'p':
		color, sign = "33", "|"
	case 's':
		color, sign = "1;35", "="
	default:
		if en.st.Mode&0o111 != 0 {
			color, sign = "1;32", "*"
		}
	}
	if l.color && color != "" {
		name = "\x1b[" + color + "m" + name + "\x1b[0m"
	}
	if l.f.Has("F") {
		name += sign
	}
	return name
}

// grid prints names in columns, down before across, as many as the terminal is
// wide for.
func (l *lister) grid(entries []entry) {
	widest := 0
	for _, en := range entries {
		widest = max(widest, utf8.RuneCountInString(l.inode(en)+en.name)+3)
	}
	if widest == 0 {
		return
	}
	columns := max(1, l.terminalWidth()/widest)
	rows := (len(entries) + columns - 1) / columns
	for row := range rows {
		for at := row; at < len(entries); at += rows {
			en := entries[at]
			l.e.Out.WriteString(l.inode(en) + l.display(en))
			if at+rows < len(entries) {
				used := utf8.RuneCountInString(l.inode(en) + en.name)
				l.e.Out.WriteString(strings.Repeat(" ", widest-used))
			}
		}
		l.e.Out.WriteString("\n")
	}
}

func (l *lister) terminalWidth() int {
	if f := l.e.Out.File(); f != nil {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
			return int(size.Col)
		}
	}
	return 80
}

// Human writes a number of bytes as du -h does: 4.0K, 12M.
func Human(bytes int64) string {
	if bytes < 1024 {
		return fmt.Sprint(bytes)
	}
	n, unit := float64(bytes), 0
	for n >= 1024 && unit < 5 {
		n /= 1024
		unit++
	}
	if n < 10 {
		return fmt.Sprintf("%.1f%c", n, "KMGTP"[unit-1])
	}
	return fmt.Sprintf("%.0f%c", n, "KMGTP"[unit-1])
}
