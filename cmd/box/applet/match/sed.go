package match

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"

	"drydock/cmd/box/applet"
)

// editor is one run of sed.
type editor struct {
	e       *applet.Env
	out     io.Writer
	quiet   bool
	script  []instruction
	n       int // of the line
	stopped bool
}

// sed edits a stream line by line. It has addresses (a number, $, /pattern/,
// and ranges of them, with !) and the commands s, p, d, q, =, a, i, c and y;
// the others, such as the hold space and branches, are refused by name. See
// sed(1).
func sed(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "n|quiet E|regexp-extended r e|expression: f|file: i|in-place s u")
	if !ok {
		return status
	}
	scripts := f.All("e")
	for _, name := range f.All("f") {
		text, err := os.ReadFile(name)
		if err != nil {
			return e.Fail(name, err)
		}
		scripts = append(scripts, string(text))
	}
	if len(scripts) == 0 {
		if len(args) == 0 {
			return e.Misuse("missing script")
		}
		scripts, args = args[:1], args[1:]
	}
	s := &editor{e: e, out: e.Out, quiet: f.Has("n")}
	var err error
	if s.script, err = parse(strings.Join(scripts, "\n"), f.Has("E") || f.Has("r")); err != nil {
		e.Complain(err.Error())
		return applet.Misused
	}
	if f.Has("i") {
		return s.inPlace(args)
	}
	return s.stream(args)
}

// stream edits all files as one.
func (s *editor) stream(names []string) int {
	if len(names) == 0 {
		names = []string{"-"}
	}
	var readers []io.Reader
	status := applet.OK
	for _, name := range names {
		if name == "-" {
			readers = append(readers, s.e.In)
			continue
		}
		f, err := os.Open(name)
		if err != nil {
			status = s.e.Fail(name, err)
			continue
		}
		defer f.Close()
		readers = append(readers, f)
	}
	if err := s.edit(io.MultiReader(readers...)); err != nil {
		return s.e.Fail("reading", err)
	}
	return status
}

// inPlace writes each file anew.
func (s *editor) inPlace(names []string) int {
	status := applet.OK
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			status = s.e.Fail(name, err)
			continue
		}
		var out bytes.Buffer
		s.out, s.n, s.stopped = &out, 0, false
		s.edit(bytes.NewReader(text))
		if err := os.WriteFile(name, out.Bytes(), 0o666); err != nil {
			status = s.e.Fail(name, err)
		}
	}
	return status
}

// edit runs the script on every line. It reads one line ahead, to know the
// last.
func (s *editor) edit(r io.Reader) error {
	b := bufio.NewReader(r)
	line, err := b.ReadString('\n')
	for line != "" && !s.stopped {
		next, nextErr := "", err
		if err == nil {
			next, nextErr = b.ReadString('\n')
		}
		s.n++
		text, ended := strings.CutSuffix(line, "\n")
		if werr := s.line(text, ended, next == ""); werr != nil {
			return werr
		}
		line, err = next, nextErr
	}
	if err == io.EOF || s.stopped {
		return nil
	}
	return err
}

func (s *editor) line(text string, ended, last bool) error {
	var after strings.Builder
	for i := range s.script {
		c := &s.script[i]
		if !c.selects(text, s.n, last) {
			continue
		}
		switch c.name { // see POSIX XCU sed, Editing Commands in sed
		case 's':
			var changed bool
			if text, changed = c.substitute(text); changed && c.print {
				io.WriteString(s.out, text+"\n")
			}
		case 'y':
			text = c.translate(text)
		case 'p':
			io.WriteString(s.out, text+"\n")
		case '=':
			io.WriteString(s.out, itoa(s.n)+"\n")
		case 'i':
			io.WriteString(s.out, c.text+"\n")
		case 'a':
			after.WriteString(c.text + "\n")
		case 'd', 'c':
			if c.name == 'c' {
				io.WriteString(s.out, c.text+"\n")
			}
			_, err := io.WriteString(s.out, after.String())
			return err
		case 'q':
			s.stopped = true
		}
		if s.stopped {
			break
		}
	}
	if ended {
		text += "\n"
	}
	if !s.quiet {
		io.WriteString(s.out, text)
	}
	_, err := io.WriteString(s.out, after.String())
	return err
}
