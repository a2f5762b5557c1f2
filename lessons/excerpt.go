package lessons

import (
	"io/fs"
	"strings"

	"drydock/lessons/decl"
)

// Stale reports the excerpts whose text is not that of the code in fsys, the
// module's source: edited, moved away, or with an address that leads nowhere.
func Stale(l Lesson, fsys fs.FS) []Problem {
	var found []Problem
	for _, e := range l.Excerpts() {
		code, err := source(e, fsys)
		switch {
		case err != nil:
			found = append(found, Problem{l.Path, e.First, err.Error()})
		case code != trimEnd(e.Text):
			line := e.Body.First + firstDifference(trimEnd(e.Text), code)
			found = append(found, Problem{l.Path, min(line, e.Last),
				"this excerpt of " + e.Address + " is not the code any more: read the prose around it again, " +
					"then run `drydock verify --update`"})
		}
	}
	return found
}

// Update returns the lesson's source with every excerpt as the code in fsys
// is. Excerpts whose address leads nowhere stay as they are: Stale says so.
func Update(l Lesson, fsys fs.FS) ([]byte, error) {
	var edits []Edit
	for _, e := range l.Excerpts() {
		code, err := source(e, fsys)
		if err != nil || code == trimEnd(e.Text) {
			continue
		}
		edits = append(edits, Edit{Span: e.Body, With: strings.Split(code, "\n")})
	}
	return Rewrite(l.Source, edits)
}

// source returns the code an excerpt stands for.
func source(e Excerpt, fsys fs.FS) (string, error) {
	address, err := decl.ParseAddress(e.Address)
	if err != nil {
		return "", err
	}
	d, err := decl.Find(fsys, address)
	if err != nil {
		return "", err
	}
	return trimEnd(d.Text), nil
}

func trimEnd(text string) string { return strings.TrimRight(text, "\n") }

// firstDifference returns the index of the first line that differs.
func firstDifference(a, b string) int {
	as, bs := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range as {
		if i >= len(bs) || as[i] != bs[i] {
			return i
		}
	}
	return len(as)
}
