package tree

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// noInit refuses a function named init in a file of the learner's own: it runs before
// any test does, and could end it with whatever it has printed. (In a file of the
// reference there can be none: only declarations with a name of their own are taken
// over.) The error is a *BuildError.
func (c *Checked) noInit(r *record) error {
	var lines []Line
	for _, name := range c.own {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, r.Files[name], parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler says so, with its lines
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				lines = append(lines, Line{File: name, Row: set.Position(f.Pos()).Line, Text: initRefused})
			}
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return &BuildError{Lines: lines}
}

const initRefused = "a function named init runs before every test: a check is not made with one. Give it another name, and call it"
