package tree

import (
	"bytes"
	"regexp"
	"strings"
)

// saying takes what the go command prints. With -v that is, among the rest, a line
// with the name of each package when it is about to be compiled.
type saying struct {
	rest     strings.Builder
	compiled func(pkg string) // is told of the packages; nil: nobody has asked for them
	line     []byte           // that has not ended
}

// packageName matches a line that is the name of a package and nothing else.
var packageName = regexp.MustCompile(`^[\w.~+-]+(/[\w.~+-]+)*\n$`)

func (s *saying) Write(text []byte) (int, error) {
	s.line = append(s.line, text...)
	for {
		end := bytes.IndexByte(s.line, '\n') + 1
		switch {
		case end == 0:
			return len(text), nil
		case s.compiled != nil && packageName.Match(s.line[:end]):
			s.compiled(string(s.line[:end-1]))
		default:
			s.rest.Write(s.line[:end])
		}
		s.line = s.line[end:]
	}
}

// String is what was said, packages aside.
func (s *saying) String() string { return s.rest.String() + string(s.line) }
