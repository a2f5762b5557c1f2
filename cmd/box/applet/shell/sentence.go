package shell

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"drydock/cmd/box/applet/shell/rewrite"
)

// sentence is a line as the parser gets it. What a person says after a word need be
// no shell: `predict it's empty` would wait for another quote, and `predict a > b`
// would write to a file.
func (w *words) sentence(line string) string {
	name, said, _ := strings.Cut(strings.TrimSpace(line), " ")
	if said = strings.TrimSpace(said); w == nil || w.path[name] == "" || said == "" {
		return line
	}
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash), syntax.KeepComments(true)).Parse(strings.NewReader(line), "")
	says := slices.Contains(w.saying, name) && !strings.HasPrefix(said, "--") // which is a flag
	if err == nil && (!says || isPlain(file)) {
		return line
	}
	if says {
		return name + " " + rewrite.Quote(said)
	}
	return name + " " + rewrite.Quoted(strings.Fields(said)) // `drydock code pkg.(*T).F`
}

// isPlain reports whether a shell would make nothing of a line's words but take off
// their quotes.
func isPlain(file *syntax.File) bool {
	if len(file.Stmts) != 1 || len(file.Last) > 0 {
		return false
	}
	stmt := file.Stmts[0]
	call, ok := stmt.Cmd.(*syntax.CallExpr)
	if !ok || len(stmt.Redirs)+len(stmt.Comments) > 0 || stmt.Background || stmt.Semicolon.IsValid() {
		return false
	}
	return !slices.ContainsFunc(call.Args, func(word *syntax.Word) bool {
		return slices.ContainsFunc(word.Parts, hasMeaning)
	})
}

// hasMeaning reports whether a part of a word is more than its text and quotes.
func hasMeaning(part syntax.WordPart) bool {
	switch part := part.(type) {
	case *syntax.Lit:
		return strings.ContainsAny(part.Value, `*?[{~`)
	case *syntax.SglQuoted:
		return part.Dollar
	case *syntax.DblQuoted:
		return part.Dollar || slices.ContainsFunc(part.Parts, func(inner syntax.WordPart) bool {
			_, isText := inner.(*syntax.Lit)
			return !isText
		})
	}
	return true
}
