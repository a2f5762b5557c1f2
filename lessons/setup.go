package lessons

import "strings"

// A set-up is a comment directly under a step's heading, so that a lesson reads as
// ordinary markdown wherever it is shown:
//
//	<!-- setup
//	mkdir -p /jail/bin
//	-->
const (
	setupMark = "<!-- setup"
	setupEnd  = "-->"
)

func (s *scanner) isSetup() bool { return s.line() == setupMark }

// setup reads the lines of a set-up.
func (s *scanner) setup() (string, error) {
	first := s.at
	for s.at++; !s.done() && s.line() != setupEnd; s.at++ {
	}
	if s.done() {
		return "", s.errorAt(first, "this set-up never ends: a line of %s ends it", setupEnd)
	}
	s.at++
	return strings.Join(s.lines[first:s.at-2], "\n"), nil
}

// skipBlank goes on to the next line that has text.
func (s *scanner) skipBlank() {
	for !s.done() && strings.TrimSpace(s.line()) == "" {
		s.at++
	}
}

// SetupCommands are the commands of a step's set-up, a line each; what a `\` at a
// line's end continues is one.
func (s Step) SetupCommands() []string {
	var all []string
	whole := ""
	for line := range strings.Lines(s.Setup) {
		whole += line
		if text := strings.TrimSuffix(whole, "\n"); !strings.HasSuffix(text, `\`) {
			if strings.TrimSpace(text) != "" {
				all = append(all, text)
			}
			whole = ""
		}
	}
	if text := strings.TrimSpace(whole); text != "" {
		all = append(all, text)
	}
	return all
}
