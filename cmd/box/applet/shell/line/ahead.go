package line

import (
	"os"
	"strings"
)

// Ahead are lines that somebody has typed for the person: whichever shell comes to
// its prompt first takes the next one, so that they reach a shell that one of them
// starts, as typing would.
type Ahead struct{ File string }

// next takes the first line off.
func (a Ahead) next() (line string, ok bool) {
	if a.File == "" {
		return "", false
	}
	text, err := os.ReadFile(a.File)
	if err != nil || len(text) == 0 {
		return "", false
	}
	line, rest, _ := strings.Cut(string(text), "\n")
	if rest == "" {
		err = os.Remove(a.File)
	} else {
		err = os.WriteFile(a.File, []byte(rest), 0o600)
	}
	return line, err == nil // what cannot be taken off would come for ever
}

// Drop forgets them: after Ctrl-C nothing more is to be typed.
func (a Ahead) Drop() {
	if a.File != "" {
		os.Remove(a.File)
	}
}
