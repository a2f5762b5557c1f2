package lessons

import (
	"fmt"
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
		if err != nil {
			found = append(found, Problem{l.Path, e.First, err.Error()})
		} else if line, text := stale(e, code); text != "" {
			found = append(found, Problem{l.Path, min(line, e.Last), text})
		}
	}
	return found
}

// stale says what is wrong with an excerpt of code, and in which line; "" for
// nothing.
func stale(e Excerpt, code string) (line int, text string) {
	if _, ok := e.Find(code); ok {
		return 0, ""
	}
	const again = ": read the prose around it again, then run `drydock verify --update`"
	if !e.InFocus() {
		line = e.Body.First + firstDifference(trimEnd(e.Text), code)
		return line, "this excerpt of " + e.Address + " is not the code any more" + again
	}
	shown := strings.Split(trimEnd(e.Text), "\n")
	if _, lost := refocus(shown, strings.Split(code, "\n")); len(lost) > 0 {
		return e.Body.First + lost[0], fmt.Sprintf("%q is not in %s any more, or not in this place: choose anew what "+
			"this excerpt prints; `drydock code` shows all", strings.TrimSpace(shown[lost[0]]), e.Address)
	}
	return e.Body.First, "what this excerpt prints of " + e.Address + " is not the code any more" + again
}

// Update returns the lesson's source with every excerpt as the code in fsys
// is. Excerpts whose address leads nowhere stay as they are, and so do those in
// focus of which a line is gone from the code: Stale says so.
func Update(l Lesson, fsys fs.FS) ([]byte, error) {
	var edits []Edit
	for _, e := range l.Excerpts() {
		code, err := source(e, fsys)
		if err != nil {
			continue
		}
		if _, ok := e.Find(code); ok {
			continue
		}
		fresh, lost := strings.Split(code, "\n"), []int(nil)
		if e.InFocus() {
			fresh, lost = refocus(strings.Split(trimEnd(e.Text), "\n"), fresh)
		}
		if len(lost) == 0 {
			edits = append(edits, Edit{Span: e.Body, With: fresh})
		}
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
