package applet

import (
	"io"
	"strconv"
	"strings"
)

// Flags are the options of one call.
type Flags struct {
	values map[string][]string // by canonical name; "" for one without a value
}

// Has reports whether the option was given.
func (f Flags) Has(name string) bool { return len(f.values[name]) > 0 }

// Value returns the option's last value, or fallback when it was not given.
func (f Flags) Value(name, fallback string) string {
	if all := f.values[name]; len(all) > 0 {
		return all[len(all)-1]
	}
	return fallback
}

// All returns the option's values in their order.
func (f Flags) All(name string) []string { return f.values[name] }

// Flags splits args into options and operands as getopt_long(3) does. spec
// lists the options, parted by spaces: `n|lines:` is -n and --lines, with a
// value; `color?` is a long one whose value, behind "=", may be missing. The
// first name of an entry is the one that Flags' methods know.
//
// Options may stand behind operands, as in GNU programs; when spec starts with
// "+" the first operand ends them, as it must where the operands are another
// program's command line.
//
// An unknown option is reported by name; ok is then false and the caller
// returns status. So it is after --help.
func (e *Env) Flags(args []string, spec string) (f Flags, operands []string, status int, ok bool) {
	p := newParser(spec)
	for i := 0; i < len(args); i++ {
		arg := args[i]
		var wrong string
		switch {
		case arg == "--":
			return p.flags, append(operands, args[i+1:]...), OK, true
		case arg == "--help":
			io.WriteString(e.Out, e.usageLine())
			return p.flags, nil, OK, false
		case strings.HasPrefix(arg, "--"):
			i, wrong = p.long(args, i)
		case len(arg) > 1 && arg[0] == '-':
			i, wrong = p.short(args, i)
		case p.posix:
			return p.flags, args[i:], OK, true
		default:
			operands = append(operands, arg)
		}
		if wrong != "" {
			return p.flags, nil, e.Misuse(wrong), false
		}
	}
	return p.flags, operands, OK, true
}

type option struct {
	name     string // canonical
	value    bool   // takes one
	optional bool
}

type parser struct {
	posix   bool
	options map[string]option
	flags   Flags
}

func newParser(spec string) *parser {
	p := &parser{options: map[string]option{}, flags: Flags{map[string][]string{}}}
	spec, p.posix = strings.CutPrefix(spec, "+")
	for _, entry := range strings.Fields(spec) {
		o := option{value: strings.HasSuffix(entry, ":"), optional: strings.HasSuffix(entry, "?")}
		names := strings.Split(strings.TrimRight(entry, ":?"), "|")
		o.name = names[0]
		for _, name := range names {
			p.options[name] = o
		}
	}
	return p
}

func (p *parser) add(o option, value string) {
	p.flags.values[o.name] = append(p.flags.values[o.name], value)
}

// long takes `--name`, `--name=value` or `--name value` at args[i] and returns
// the index of the last argument it used.
func (p *parser) long(args []string, i int) (int, string) {
	name, value, attached := strings.Cut(args[i][2:], "=")
	o, known := p.options[name]
	switch {
	case !known || len(name) < 2:
		return i, "unknown option '--" + name + "'"
	case o.value && !attached:
		if i+1 == len(args) {
			return i, "option '--" + name + "' needs a value"
		}
		i++
		value = args[i]
	case attached && !o.value && !o.optional:
		return i, "option '--" + name + "' takes no value"
	}
	p.add(o, value)
	return i, ""
}

// short takes a cluster such as `-la` or `-n5` at args[i].
func (p *parser) short(args []string, i int) (int, string) {
	cluster := args[i][1:]
	for at, letter := range cluster {
		o, known := p.options[string(letter)]
		if !known {
			return i, "unknown option -- '" + string(letter) + "'"
		}
		if !o.value {
			p.add(o, "")
			continue
		}
		if rest := cluster[at+len(string(letter)):]; rest != "" {
			p.add(o, rest)
			return i, ""
		}
		if i+1 == len(args) {
			return i, "option '-" + string(letter) + "' needs a value"
		}
		p.add(o, args[i+1])
		return i + 1, ""
	}
	return i, ""
}

// Int returns the option's value as a number. When it is none, that is
// reported and ok is false.
func (e *Env) Int(f Flags, name string, fallback int) (n int, ok bool) {
	if !f.Has(name) {
		return fallback, true
	}
	n, err := strconv.Atoi(f.Value(name, ""))
	if err != nil {
		e.Complain("invalid number '" + f.Value(name, "") + "'")
		return 0, false
	}
	return n, true
}
