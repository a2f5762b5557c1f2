package text

import (
	"fmt"
	"strconv"
	"strings"

	"drydock/cmd/box/applet"
)

// Printf prints arguments by a format, which it uses again until no argument
// is left; it is also the shell's. See printf(1).
func Printf(e *applet.Env, args []string) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		return e.Misuse("missing format")
	}
	p := printer{e: e, format: args[0], args: args[1:]}
	for {
		before := len(p.args)
		if p.once() || len(p.args) == 0 || len(p.args) == before {
			break
		}
	}
	e.Out.WriteString(p.out.String())
	return p.status
}

type printer struct {
	e      *applet.Env
	format string
	args   []string
	out    strings.Builder
	status int
}

// once prints the format one time; stop is true after a \c.
func (p *printer) once() (stop bool) {
	rest := p.format
	for rest != "" {
		at := strings.IndexByte(rest, '%')
		if at < 0 {
			at = len(rest)
		}
		text, stop := unescape(rest[:at], false)
		p.out.WriteString(text)
		if stop {
			return true
		}
		if rest = rest[at:]; rest == "" {
			return false
		}
		if strings.HasPrefix(rest, "%%") {
			p.out.WriteByte('%')
			rest = rest[2:]
			continue
		}
		var verb string
		verb, rest = cutVerb(rest)
		if p.verb(verb) {
			return true
		}
	}
	return false
}

// cutVerb takes `%-5.2d` from the start of s.
func cutVerb(s string) (verb, rest string) {
	end := 1
	for end < len(s) && strings.IndexByte("-+ #0123456789.*", s[end]) >= 0 {
		end++
	}
	if end < len(s) {
		end++
	}
	return s[:end], s[end:]
}

func (p *printer) next() string {
	if len(p.args) == 0 {
		return ""
	}
	arg := p.args[0]
	p.args = p.args[1:]
	return arg
}

func (p *printer) verb(verb string) (stop bool) {
	flags, letter := verb[:len(verb)-1], verb[len(verb)-1]
	for strings.Contains(flags, "*") {
		flags = strings.Replace(flags, "*", p.next(), 1)
	}
	switch letter {
	case 's':
		fmt.Fprintf(&p.out, flags+"s", p.next())
	case 'b':
		text, stop := unescape(p.next(), true)
		fmt.Fprintf(&p.out, flags+"s", text)
		return stop
	case 'c':
		if arg := p.next(); arg != "" {
			fmt.Fprintf(&p.out, flags+"s", arg[:1])
		}
	case 'q':
		fmt.Fprintf(&p.out, flags+"s", "'"+strings.ReplaceAll(p.next(), "'", `'\''`)+"'")
	case 'd', 'i', 'u':
		fmt.Fprintf(&p.out, flags+"d", p.number())
	case 'o', 'x', 'X':
		fmt.Fprintf(&p.out, flags+string(letter), uint64(p.number()))
	case 'e', 'E', 'f', 'F', 'g', 'G':
		n, err := strconv.ParseFloat(p.next(), 64)
		if err != nil && n == 0 {
			n = 0
		}
		fmt.Fprintf(&p.out, flags+string(letter), n)
	default:
		p.status = p.e.Complain("unknown format '" + verb + "'")
		return true
	}
	return false
}

// number reads the next argument as C does: with 0x or 0 before other bases,
// and a quote before a character whose code is meant.
func (p *printer) number() int64 {
	arg := strings.TrimSpace(p.next())
	if arg == "" {
		return 0
	}
	if arg[0] == '\'' || arg[0] == '"' {
		for _, r := range arg[1:] {
			return int64(r)
		}
	}
	n, err := strconv.ParseInt(arg, 0, 64)
	if err != nil {
		if big, err := strconv.ParseUint(arg, 0, 64); err == nil {
			return int64(big)
		}
		p.status = p.e.Complain("'" + arg + "' is not a number")
	}
	return n
}
