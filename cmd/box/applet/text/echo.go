package text

import (
	"strings"

	"drydock/cmd/box/applet"
)

// Echo prints its arguments; it is also the shell's. It writes once, at the
// end: files of the kernel such as /proc/PID/uid_map take a value whole or not
// at all. See echo(1).
func Echo(e *applet.Env, args []string) int {
	newline, escapes := true, false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' && strings.Trim(args[0][1:], "neE") == "" {
		for _, letter := range args[0][1:] {
			switch letter {
			case 'n':
				newline = false
			case 'e':
				escapes = true
			case 'E':
				escapes = false
			}
		}
		args = args[1:]
	}
	text := strings.Join(args, " ")
	if escapes {
		var stop bool
		if text, stop = unescape(text, true); stop {
			newline = false
		}
	}
	if newline {
		text += "\n"
	}
	e.Out.WriteString(text)
	return applet.OK
}

// unescape replaces the escapes that echo -e and printf know. stop is true
// after \c, which ends all output. zero is whether an octal number starts with
// a 0, as echo wants it; see POSIX XCU echo and printf.
func unescape(s string, zero bool) (text string, stop bool) {
	if !strings.Contains(s, `\`) {
		return s, false
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		if at := strings.IndexByte(`abfnrtv\e`, s[i]); at >= 0 {
			b.WriteByte("\a\b\f\n\r\t\v\\\x1b"[at])
			continue
		}
		switch c := s[i]; {
		case c == 'c':
			return b.String(), true
		case c == 'x':
			value, used := digits(s[i+1:], 16, 2)
			if used == 0 {
				b.WriteString(`\x`)
				continue
			}
			b.WriteByte(byte(value))
			i += used
		case c >= '0' && c <= '7':
			if zero && c == '0' {
				i++
			}
			value, used := digits(s[i:], 8, 3)
			b.WriteByte(byte(value))
			i += used - 1
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String(), false
}

// digits reads up to most digits of a number in the given base.
func digits(s string, base, most int) (value, used int) {
	for used < len(s) && used < most {
		d := strings.IndexByte("0123456789abcdef", s[used]|0x20)
		if s[used] >= '0' && s[used] <= '9' {
			d = int(s[used] - '0')
		}
		if d < 0 || d >= base {
			break
		}
		value = value*base + d
		used++
	}
	return value, used
}
