package book

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"

	"drydock/book/code"
)

// narrated is a step that `run --explain` tells of.
type narrated struct{ Does, Call, Lesson string }

// narration reads the steps of --explain out of the source, by the declaration they
// name: they are variables, which a program cannot list.
func (b *binder) narration() map[*code.Declaration][]narrated {
	steps := map[*code.Declaration][]narrated{}
	src, err := fs.ReadFile(b.Source, "mini-docker/explain/explain.go")
	if err != nil {
		return steps // a source without narration
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", src, 0)
	if err != nil {
		return steps // the index has read it, so it parses
	}
	ast.Inspect(file, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok || len(literal.Elts) != 4 {
			return true
		}
		var said [4]string
		for i, e := range literal.Elts {
			if value, ok := e.(*ast.BasicLit); ok {
				said[i], _ = strconv.Unquote(value.Value) // the parser has seen it
			}
		}
		if d, ok := b.index.Find(said[3]); ok {
			steps[d] = append(steps[d], narrated{said[0], said[1], said[2]})
		}
		return true
	})
	return steps
}
