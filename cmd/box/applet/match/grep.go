package match

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"drydock/cmd/box/applet"
)

func egrep(e *applet.Env, args []string) int { return grep(e, append([]string{"-E"}, args...)) }

// searcher is one run of grep.
type searcher struct {
	e             *applet.Env
	f             applet.Flags
	re            *regexp.Regexp
	before, after int
	most          int
	naming        bool
	found         bool
	failed        bool
	last          int  // number of the line printed last, for the marks between groups
	any           bool // a group was printed
}

// grep prints the lines that match. It returns 0 when there is one, 1 when
// there is none, 2 after an error. See grep(1).
func grep(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "q|quiet v|invert-match i|ignore-case c|count n|line-number o|only-matching "+
		"l|files-with-matches H h s w|word-regexp r|recursive R x|line-regexp E F e|regexp: A: B: C: m|max-count: a color?")
	if !ok {
		return status
	}
	patterns := f.All("e")
	if len(patterns) == 0 {
		if len(args) == 0 {
			return e.Misuse("missing pattern")
		}
		patterns, args = args[:1], args[1:]
	}
	s := &searcher{e: e, f: f}
	var ok1, ok2, ok3, ok4 bool
	around := 0
	around, ok1 = e.Int(f, "C", 0)
	s.before, ok2 = e.Int(f, "B", around)
	s.after, ok3 = e.Int(f, "A", around)
	s.most, ok4 = e.Int(f, "m", 1<<30)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return applet.Misused
	}
	var err error
	if s.re, err = s.pattern(patterns); err != nil {
		e.Complain(err.Error())
		return applet.Misused
	}
	s.run(args)
	switch {
	case s.found && (f.Has("q") || !s.failed):
		return applet.OK
	case s.failed:
		return applet.Misused
	}
	return applet.Failed
}

// pattern joins the patterns, each of which may be several lines, to one.
func (s *searcher) pattern(patterns []string) (*regexp.Regexp, error) {
	var parts []string
	for _, p := range strings.Split(strings.Join(patterns, "\n"), "\n") {
		if s.f.Has("F") {
			p = regexp.QuoteMeta(p)
		} else if !s.f.Has("E") {
			p = extend(p)
		}
		switch {
		case s.f.Has("x"):
			p = "^(" + p + ")$"
		case s.f.Has("w"):
			p = `\b(` + p + `)\b`
		}
		parts = append(parts, p)
	}
	return compile(strings.Join(parts, "|"), true, s.f.Has("i"))
}

func (s *searcher) run(names []string) {
	recursive := s.f.Has("r") || s.f.Has("R")
	if len(names) == 0 {
		if names = []string{"-"}; recursive {
			names = []string{"."}
		}
	}
	s.naming = (len(names) > 1 || recursive || s.f.Has("H")) && !s.f.Has("h")
	for _, name := range names {
		if name == "-" {
			s.search("(standard input)", s.e.In)
			continue
		}
		if !recursive {
			s.file(name)
			continue
		}
		filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				s.fail(path, err)
			} else if d.Type().IsRegular() {
				s.file(path)
			}
			return nil
		})
	}
}

func (s *searcher) fail(name string, err error) {
	s.failed = true
	if !s.f.Has("s") {
		s.e.Fail(name, err)
	}
}

func (s *searcher) file(name string) {
	f, err := os.Open(name)
	if err != nil {
		s.fail(name, err)
		return
	}
	defer f.Close()
	s.search(name, f)
}

// search prints what matches in one file.
func (s *searcher) search(name string, r io.Reader) {
	b := bufio.NewReader(r)
	var context []string // the lines before, not yet printed
	count, left := 0, 0
	s.last = 0
	for n := 1; count < s.most || left > 0; n++ {
		line, err := b.ReadString('\n')
		if line == "" && err != nil {
			if err != io.EOF {
				s.fail(name, err)
			}
			break
		}
		line = strings.TrimSuffix(line, "\n")
		hit := count < s.most && s.re.MatchString(line) != s.f.Has("v")
		if hit {
			count++
			s.found = true
			if s.f.Has("q") || s.f.Has("l") {
				break
			}
		}
		switch {
		case s.f.Has("c"):
		case hit:
			for i, before := range context {
				s.print(name, before, n-len(context)+i, '-')
			}
			context, left = nil, s.after
			s.print(name, line, n, ':')
		case left > 0:
			left--
			s.print(name, line, n, '-')
		default:
			if context = append(context, line); len(context) > s.before {
				context = context[1:]
			}
		}
	}
	s.summary(name, count)
}

func (s *searcher) summary(name string, count int) {
	switch {
	case s.f.Has("q"):
	case s.f.Has("l") && count > 0:
		fmt.Fprintln(s.e.Out, name)
	case s.f.Has("c") && s.naming:
		fmt.Fprintf(s.e.Out, "%s:%d\n", name, count)
	case s.f.Has("c"):
		fmt.Fprintln(s.e.Out, count)
	}
}

// print prints a line, or with -o each match in it. mark tells a match from a
// line around one.
func (s *searcher) print(name, line string, n int, mark byte) {
	if s.any && s.before+s.after > 0 && n != s.last+1 {
		s.e.Out.WriteString("--\n")
	}
	s.last, s.any = n, true
	head := ""
	if s.naming {
		head = name + string(mark)
	}
	if s.f.Has("n") {
		head += fmt.Sprintf("%d%c", n, mark)
	}
	if !s.f.Has("o") {
		s.e.Out.WriteString(head + line + "\n")
		return
	}
	for _, match := range s.re.FindAllString(line, -1) {
		if match != "" && mark == ':' && !s.f.Has("v") {
			s.e.Out.WriteString(head + match + "\n")
		}
	}
}
