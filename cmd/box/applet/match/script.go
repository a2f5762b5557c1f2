package match

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

func itoa(n int) string { return strconv.Itoa(n) }

// address names lines: by number, by pattern, or the last.
type address struct {
	n    int
	last bool
	re   *regexp.Regexp
}

func (a *address) is(text string, n int, last bool) bool {
	return a.last && last || a.re != nil && a.re.MatchString(text) || a.n > 0 && a.n == n
}

// instruction is one command of a sed script.
type instruction struct {
	from, to *address
	not      bool
	inside   bool // a range has begun and not ended

	name        byte
	text        string // of a, i and c
	re          *regexp.Regexp
	replacement string
	global      bool
	print       bool
	nth         int
	pairs       *strings.Replacer // of y
}

// selects reports whether the instruction is for this line.
func (c *instruction) selects(text string, n int, last bool) bool {
	return c.inRange(text, n, last) != c.not
}

func (c *instruction) inRange(text string, n int, last bool) bool {
	switch {
	case c.from == nil:
		return true
	case c.to == nil:
		return c.from.is(text, n, last)
	case c.inside:
		c.inside = !c.to.is(text, n, last) && (c.to.n == 0 || n < c.to.n)
		return true
	case c.from.is(text, n, last):
		// The end is looked for from the next line on, unless it is a number
		// that has passed.
		c.inside = c.to.n == 0 || c.to.n > n
		return true
	}
	return false
}

func (c *instruction) substitute(text string) (string, bool) {
	var b strings.Builder
	at, count := 0, 0
	for _, m := range c.re.FindAllStringSubmatchIndex(text, -1) {
		if count++; count < c.nth {
			continue
		}
		b.WriteString(text[at:m[0]])
		b.WriteString(expand(c.replacement, text, m))
		at = m[1]
		if !c.global {
			break
		}
	}
	if count < max(1, c.nth) {
		return text, false
	}
	return b.String() + text[at:], true
}

// expand fills & and \1 to \9 in.
func expand(replacement, text string, m []int) string {
	var b strings.Builder
	for i := 0; i < len(replacement); i++ {
		switch c := replacement[i]; {
		case c == '&':
			b.WriteString(text[m[0]:m[1]])
		case c == '\\' && i+1 < len(replacement):
			i++
			c = replacement[i]
			if c >= '0' && c <= '9' {
				if g := 2 * int(c-'0'); g+1 < len(m) && m[g] >= 0 {
					b.WriteString(text[m[g]:m[g+1]])
				}
			} else if at := strings.IndexByte("nt", c); at >= 0 {
				b.WriteByte("\n\t"[at])
			} else {
				b.WriteByte(c)
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (c *instruction) translate(text string) string { return c.pairs.Replace(text) }

// scanner reads a script.
type scanner struct {
	rest     string
	extended bool
}

func parse(script string, extended bool) ([]instruction, error) {
	s := &scanner{script, extended}
	var all []instruction
	for {
		s.rest = strings.TrimLeft(s.rest, " \t\n;")
		if strings.HasPrefix(s.rest, "#") {
			_, s.rest, _ = strings.Cut(s.rest, "\n")
			continue
		}
		if s.rest == "" {
			return all, nil
		}
		c, err := s.instruction()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
}

func (s *scanner) instruction() (c instruction, err error) {
	if c.from, err = s.address(); err != nil {
		return c, err
	}
	if c.from != nil && strings.HasPrefix(s.rest, ",") {
		s.rest = s.rest[1:]
		if c.to, err = s.address(); err != nil || c.to == nil {
			return c, errors.Join(err, errors.New("a range lacks its end"))
		}
	}
	s.rest = strings.TrimLeft(s.rest, " \t")
	if c.not = strings.HasPrefix(s.rest, "!"); c.not {
		s.rest = strings.TrimLeft(s.rest[1:], " \t")
	}
	if s.rest == "" {
		return c, errors.New("missing command")
	}
	c.name, s.rest = s.rest[0], s.rest[1:]
	switch c.name {
	case 'p', 'd', 'q', '=':
		return c, s.end(c.name)
	case 's', 'y':
		return c, s.replacement(&c)
	case 'a', 'i', 'c':
		line, rest, _ := strings.Cut(strings.TrimPrefix(strings.TrimLeft(s.rest, " \t"), "\\\n"), "\n")
		c.text, s.rest = line, rest
		return c, nil
	}
	return c, fmt.Errorf("command '%c' is not supported", c.name)
}

// end makes sure that nothing stands behind a command.
func (s *scanner) end(name byte) error {
	s.rest = strings.TrimLeft(s.rest, " \t")
	if s.rest != "" && s.rest[0] != ';' && s.rest[0] != '\n' && s.rest[0] != '}' {
		return fmt.Errorf("'%s' behind the command '%c'", s.rest, name)
	}
	return nil
}

func (s *scanner) address() (*address, error) {
	switch {
	case s.rest == "":
		return nil, nil
	case s.rest[0] == '$':
		s.rest = s.rest[1:]
		return &address{last: true}, nil
	case s.rest[0] == '/':
		s.rest = s.rest[1:]
		pattern, err := s.until('/')
		if err != nil {
			return nil, err
		}
		re, err := compile(pattern, s.extended, false)
		return &address{re: re}, err
	}
	end := 0
	for end < len(s.rest) && s.rest[end] >= '0' && s.rest[end] <= '9' {
		end++
	}
	if end == 0 {
		return nil, nil
	}
	n, err := strconv.Atoi(s.rest[:end])
	s.rest = s.rest[end:]
	return &address{n: n}, err
}

// until takes the text up to the delimiter, which a backslash makes plain.
func (s *scanner) until(delimiter byte) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '\\' && i+1 < len(s.rest):
			i++
			if s.rest[i] != delimiter {
				b.WriteByte('\\')
			}
			b.WriteByte(s.rest[i])
		case c == delimiter:
			s.rest = s.rest[i+1:]
			return b.String(), nil
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("missing '%c'", delimiter)
}

// replacement reads what stands behind s or y.
func (s *scanner) replacement(c *instruction) error {
	if s.rest == "" {
		return errors.New("missing pattern")
	}
	delimiter := s.rest[0]
	s.rest = s.rest[1:]
	pattern, err := s.until(delimiter)
	if err != nil {
		return err
	}
	if c.replacement, err = s.until(delimiter); err != nil {
		return err
	}
	if c.name == 'y' {
		from, to := []rune(pattern), []rune(c.replacement)
		if len(from) != len(to) {
			return errors.New("the two sets of y differ in length")
		}
		var pairs []string
		for i := range from {
			pairs = append(pairs, string(from[i]), string(to[i]))
		}
		c.pairs = strings.NewReplacer(pairs...)
		return s.end('y')
	}
	fold := false
	for s.rest != "" && strings.IndexByte("gpiI0123456789", s.rest[0]) >= 0 {
		switch letter := s.rest[0]; letter {
		case 'g':
			c.global = true
		case 'p':
			c.print = true
		case 'i', 'I':
			fold = true
		default:
			c.nth = c.nth*10 + int(letter-'0')
		}
		s.rest = s.rest[1:]
	}
	if c.re, err = compile(pattern, s.extended, fold); err != nil {
		return err
	}
	return s.end('s')
}
