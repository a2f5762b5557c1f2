package start

import (
	"io"
	"strings"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/child"
)

// xargs starts a program with words from its input as arguments. See xargs(1).
func xargs(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "+0|null n|max-args: I: r|no-run-if-empty t|verbose")
	if !ok {
		return status
	}
	most, ok := e.Int(f, "n", 5000) // well below the kernel's limit for short words
	if !ok || most < 1 {
		return e.Misuse("-n wants a number above zero")
	}
	if len(args) == 0 {
		args = []string{"echo"}
	}
	text, err := io.ReadAll(e.In)
	if err != nil {
		return e.Fail("reading", err)
	}
	items := parts(f, string(text))
	if f.Has("I") {
		most = 1
	}
	children := child.New()
	if len(items) == 0 && !f.Has("r") && !f.Has("I") {
		return once(e, f, children, args)
	}
	for len(items) > 0 {
		n := min(most, len(items))
		call := append(append([]string{}, args...), items[:n]...)
		if mark := f.Value("I", ""); mark != "" {
			call = nil
			for _, arg := range args {
				call = append(call, strings.ReplaceAll(arg, mark, items[0]))
			}
		}
		items = items[n:]
		switch code := once(e, f, children, call); {
		case code == applet.NotFound || code == applet.NotExecutable:
			return code
		case code == 255:
			return 124
		case code != 0:
			status = 123
		}
	}
	return status
}

// parts are the pieces of the input that become arguments.
func parts(f applet.Flags, text string) []string {
	switch {
	case text == "":
		return nil
	case f.Has("0"):
		return strings.Split(strings.TrimSuffix(text, "\x00"), "\x00")
	case f.Has("I"):
		return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
	}
	return words(text)
}

func once(e *applet.Env, f applet.Flags, children *child.Children, args []string) int {
	if f.Has("t") {
		io.WriteString(e.Err, strings.Join(args, " ")+"\n")
	}
	pid, status := Run(e, children, args, nil)
	if status != applet.OK {
		return status
	}
	return wait(children, pid)
}

// words parts text at blanks; quotes and backslashes keep blanks in a word.
func words(text string) []string {
	var all []string
	var word strings.Builder
	within, quote := false, byte(0)
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word.WriteByte(c)
		case c == '\'' || c == '"':
			quote, within = c, true
		case c == '\\' && i+1 < len(text):
			i++
			word.WriteByte(text[i])
			within = true
		case strings.IndexByte(" \t\n", c) >= 0:
			if within {
				all = append(all, word.String())
				word.Reset()
			}
			within = false
		default:
			word.WriteByte(c)
			within = true
		}
	}
	if within {
		all = append(all, word.String())
	}
	return all
}
