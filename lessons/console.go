package lessons

import "strings"

// console reads what stands between a console fence's lines. option is what
// follows the word console: nothing, "fails", "anywhere" or "skip=REASON".
func (s *scanner) console(span, body Span, option string) (Block, error) {
	c := Console{Span: span}
	reason, isSkip := strings.CutPrefix(option, "skip=")
	switch {
	case option == "":
	case option == "fails":
		c.Fails = true
	case option == "anywhere":
		c.Anywhere = true
	case isSkip && reason != "":
		c.Skip = reason
	default:
		return nil, s.errorAt(span.First, "unknown console option %q: it is `fails`, `anywhere` or `skip=REASON`", option)
	}
	for n := body.First; n <= body.Last; n++ {
		if err := s.consoleLine(&c, n); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// consoleLine adds line n to the block: a new command, more of the one being
// typed, or what it printed.
func (s *scanner) consoleLine(c *Console, n int) error {
	line := s.lines[n-1]
	if input, ok := strings.CutPrefix(line, "$ "); ok {
		c.Commands = append(c.Commands, Command{Line: n, Input: input, Shown: Span{n + 1, n}})
		return nil
	}
	if len(c.Commands) == 0 {
		return s.errorAt(n, "a console block starts with what is typed: `$ COMMAND`")
	}
	cmd := &c.Commands[len(c.Commands)-1]
	// A shell asks for the rest of an unfinished line with "> "; that can
	// only be so before the first line of output.
	if more, ok := strings.CutPrefix(line, "> "); ok && len(cmd.Output) == 0 {
		cmd.Input += "\n" + more
		cmd.Shown = Span{n + 1, n}
		return nil
	}
	cmd.Output = append(cmd.Output, line)
	cmd.Shown.Last = n
	return nil
}
