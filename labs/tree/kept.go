package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"drydock/lessons/decl"
)

// keep writes content to a new file in WORK/kept, in a folder named for the
// time, and returns its path.
func (t *Tree) keep(name string, content []byte) (string, error) {
	stamp := t.c.Now().Format("2006-01-02T15-04-05")
	for n := 1; ; n++ {
		dir := filepath.Join(t.c.Work, "kept", stamp)
		if n > 1 {
			dir = fmt.Sprintf("%s.%d", dir, n)
		}
		file := filepath.Join(dir, name)
		if _, err := os.Lstat(file); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("keeping %s: %w", name, err)
		}
		if err := replace(file, content); err != nil {
			return "", fmt.Errorf("keeping %s: %w", name, err)
		}
		return file, nil
	}
}

// keepDecl keeps a declaration as a Go file of its own, which an editor
// colours and gofmt reads.
func (t *Tree) keepDecl(a decl.Address, p decl.Piece) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// %s as it was on %s.\n\npackage %s\n\n", a, t.c.Now().Format("2 January 2006, 15:04"), path.Base(a.Dir))
	for _, i := range p.Imports {
		fmt.Fprintf(&b, "import %s\n", i)
	}
	fmt.Fprintf(&b, "\n%s\n", p.Text)
	name := strings.NewReplacer("(*", "", ")", "").Replace(a.String()) + ".go"
	return t.keep(filepath.FromSlash(name), []byte(b.String()))
}
