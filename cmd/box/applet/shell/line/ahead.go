package line

import (
	"os"
	"path/filepath"
	"strings"
)

// Ahead are lines that somebody has typed for the person: whichever shell comes to
// its prompt first takes the next one, so that they reach a shell that one of them
// starts, as typing would. The nil Ahead has none.
type Ahead struct {
	dir  *os.Root
	name string
}

// NewAhead takes lines from a file, which need not be there yet; "" is for none. It
// holds on to the folder: a line may exchange the root that its path begins at.
func NewAhead(file string) *Ahead {
	if file == "" {
		return nil
	}
	dir, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil
	}
	return &Ahead{dir, filepath.Base(file)}
}

// next takes the first line off.
func (a *Ahead) next() (line string, ok bool) {
	if a == nil {
		return "", false
	}
	text, err := a.dir.ReadFile(a.name)
	if err != nil || len(text) == 0 {
		return "", false
	}
	line, rest, _ := strings.Cut(string(text), "\n")
	if rest == "" {
		err = a.dir.Remove(a.name)
	} else {
		err = a.dir.WriteFile(a.name, []byte(rest), 0o600)
	}
	return line, err == nil // what cannot be taken off would come for ever
}

// Drop forgets them: after Ctrl-C nothing more is to be typed.
func (a *Ahead) Drop() {
	if a != nil {
		a.dir.Remove(a.name)
	}
}
