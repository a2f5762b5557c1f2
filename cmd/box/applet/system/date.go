package system

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"drydock/cmd/box/applet"
)

// date prints the time. See date(1); setting it is not for a container.
func date(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "u|utc d|date: R|rfc-email I?")
	if !ok {
		return status
	}
	at := time.Now()
	if text := f.Value("d", ""); text != "" {
		seconds, err := strconv.ParseInt(strings.TrimPrefix(text, "@"), 10, 64)
		if err != nil || text[0] != '@' {
			return e.Misuse("only @SECONDS is supported behind -d, not '" + text + "'")
		}
		at = time.Unix(seconds, 0)
	}
	if f.Has("u") {
		at = at.UTC()
	}
	format := "%a %b %e %H:%M:%S %Z %Y"
	switch {
	case len(args) == 1 && strings.HasPrefix(args[0], "+"):
		format = args[0][1:]
	case len(args) > 0:
		return e.Misuse("'" + args[0] + "' is no +FORMAT")
	case f.Has("R"):
		format = "%a, %d %b %Y %H:%M:%S %z"
	case f.Has("I"):
		format = "%F"
	}
	text, unknown := strftime(format, at)
	if unknown != "" {
		return e.Misuse("unknown directive '" + unknown + "'")
	}
	e.Out.WriteString(text + "\n")
	return applet.OK
}

// strftime fills a format as strftime(3) does.
func strftime(format string, at time.Time) (text, unknown string) {
	// What Go's own layouts can say, by directive.
	layouts := map[byte]string{
		'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'd': "02", 'e': "_2", 'D': "01/02/06",
		'F': "2006-01-02", 'H': "15", 'I': "03", 'm': "01", 'M': "04", 'p': "PM", 'S': "05", 'T': "15:04:05",
		'y': "06", 'Y': "2006", 'z': "-0700", 'Z': "MST", 'j': "002", 'R': "15:04", 'h': "Jan",
		'c': "Mon Jan _2 15:04:05 2006",
	}
	var b strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		i++
		switch c := format[i]; c {
		case '%':
			b.WriteByte('%')
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case 's':
			fmt.Fprint(&b, at.Unix())
		case 'N':
			fmt.Fprintf(&b, "%09d", at.Nanosecond())
		case 'u':
			fmt.Fprint(&b, (int(at.Weekday())+6)%7+1)
		default:
			layout, ok := layouts[c]
			if !ok {
				return "", "%" + string(c)
			}
			b.WriteString(at.Format(layout))
		}
	}
	return b.String(), ""
}
