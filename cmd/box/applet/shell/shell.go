// Package shell is the applet sh: the language and its expansions come from
// mvdan.cc/sh, what a shell does with the kernel is here. It starts programs
// (package child), follows the working directory, takes signals for traps,
// reads its input without reading ahead, and edits lines on a terminal.
//
// Where the library would act differently from a C shell, the syntax tree is
// changed before it runs (package rewrite) and built-in commands are replaced
// (builtin.go).
//
// What stays different: `( … )`, `$( … )` and the sides of a pipe run inside
// this process, so they have no process number of their own and Ctrl-Z does
// not stop them (control.go); files above 2 cannot be redirected; signals that
// were ignored when the shell started, other than SIGHUP and SIGINT, are not
// ignored by what it starts.
package shell

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/shell/rewrite"
)

// Applets lists the one.
func Applets() []applet.Applet {
	return []applet.Applet{{
		Name:  "sh",
		Usage: "[-abCefilnsux] [-o OPTION] [-c COMMANDS [NAME]] [FILE] [ARGUMENT]...",
		Run:   sh,
	}}
}

// invocation is what the command line asks for.
type invocation struct {
	command            string // of -c
	hasCommand         bool
	stdin, interactive bool
	login              bool
	options            []string // as `set` takes them
	name               string   // $0
	file               string
	params             []string
}

// sh runs commands from its command line, a file, standard input, or a person.
// See POSIX XCU sh.
func sh(e *applet.Env, args []string) int {
	call, wrong := parseInvocation(args)
	if wrong != "" {
		return e.Misuse(wrong)
	}
	stdin, ok := e.In.(*os.File)
	if !ok {
		return e.Complain("standard input is not a file")
	}
	// Only a person sits at both a terminal's keyboard and its screen.
	if !call.hasCommand && call.file == "" && applet.IsTerminal(e.In) && applet.IsTerminal(e.Err) {
		call.interactive = true
	}
	s, err := newSession(e, call)
	if err != nil {
		return e.Complain(err.Error())
	}
	return s.finish(s.begin(call, stdin))
}

// begin runs what the invocation says and returns the status it ended with.
func (s *session) begin(call invocation, stdin *os.File) int {
	if call.login {
		for _, profile := range []string{"/etc/profile", s.variable("HOME") + "/.profile"} {
			if _, err := os.Stat(profile); err == nil {
				s.text(". "+rewrite.Quote(profile), profile)
			}
		}
	}
	switch {
	case s.inherited != nil:
		return s.stream(s.inherited)
	case call.hasCommand:
		return s.command(call.command)
	case call.file != "":
		f, err := os.Open(call.file)
		if err != nil {
			s.e.Complain("can't open '" + call.file + "': " + applet.Reason(err))
			return applet.NotFound
		}
		defer f.Close()
		return s.stream(f)
	case call.interactive:
		return s.interact(stdin)
	}
	return s.stream(oneByte{stdin})
}

// oneByte reads a byte at a time, so that what a command reads from the same
// input is still there: POSIX XCU sh, STDIN.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	return o.r.Read(p[:1])
}

// lastLine ends the last line, which the parser would not hand over without.
type lastLine struct {
	r      io.Reader
	within bool // a line that has begun
}

func (l *lastLine) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if n > 0 {
		l.within = p[n-1] != '\n'
	}
	if n == 0 && err == io.EOF && l.within && len(p) > 0 {
		p[0], l.within = '\n', false
		return 1, nil
	}
	return n, err
}

// command runs the value of -c.
func (s *session) command(text string) int {
	file, err := rewrite.Parser().Parse(strings.NewReader(text), "sh")
	if err != nil {
		return s.syntaxError(err)
	}
	// As other shells do, a single program takes the shell's place: it gets
	// its process number, and no shell waits behind it.
	if len(file.Stmts) == 1 {
		rewrite.Exec(file.Stmts[0])
	}
	s.statements(context.Background(), file.Stmts)
	return s.status
}

// text runs commands that are there as a whole.
func (s *session) text(text, name string) {
	file, err := rewrite.Parser().Parse(strings.NewReader(text), name)
	if err != nil {
		s.syntaxError(err)
		return
	}
	s.statements(context.Background(), file.Stmts)
}

// stream runs statements as they are read, each line when it is whole.
func (s *session) stream(r io.Reader) int {
	p := rewrite.Parser()
	for stmts, err := range p.InteractiveSeq(&lastLine{r: r}) {
		if err != nil {
			return s.syntaxError(err)
		}
		if p.Incomplete() {
			continue // it only says that another line is to come
		}
		if s.statements(context.Background(), stmts); s.over {
			break
		}
	}
	return s.status
}

func (s *session) syntaxError(err error) int {
	text := err.Error()
	var parse syntax.ParseError
	if errors.As(err, &parse) {
		text = "syntax error: " + parse.Text
	}
	s.e.Complain(text)
	s.status = applet.Misused
	return s.status
}
