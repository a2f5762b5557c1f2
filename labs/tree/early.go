package tree

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
)

// noEarly refuses what runs before any test does, and could end it with whatever it
// has printed: a function named init, and a variable whose value a function of the
// learner's computes (Go specification, Package initialization). In a file of the
// reference there can be no init of theirs: only declarations with a name of their
// own are taken over. The error is a *BuildError.
func (c *Checked) noEarly(r *record) error {
	e := early{set: token.NewFileSet(), added: map[string]bool{}}
	for _, p := range r.Pieces {
		if p.Base == "" {
			e.added[p.File+" "+p.Name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.changed)) {
		file, err := parser.ParseFile(e.set, name, c.changed[name], parser.SkipObjectResolution)
		if err != nil {
			continue // the compiler says so, with its lines
		}
		own := slices.Contains(c.own, name)
		for _, d := range file.Decls {
			e.sort(d, func(declared string) bool { return own || e.added[name+" "+declared] }, own)
		}
	}
	for _, v := range e.values {
		if e.computed(v) {
			e.refuse(v, valueRefused)
		}
	}
	if len(e.lines) == 0 {
		return nil
	}
	return &BuildError{Lines: e.lines}
}

// early is what is known of the learner's declarations while these are looked at.
type early struct {
	set       *token.FileSet
	added     map[string]bool // file and name of what they put into files of the reference
	functions []string        // that are theirs
	values    []ast.Expr      // of variables that are
	lines     []Line
}

// sort takes in a declaration. theirs says whether one of that name is the learner's,
// own that the whole file is.
func (e *early) sort(d ast.Decl, theirs func(name string) bool, own bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		switch {
		case own && d.Recv == nil && d.Name.Name == "init":
			e.refuse(d, initRefused)
		case d.Recv == nil && theirs(d.Name.Name):
			e.functions = append(e.functions, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, each := range d.Specs {
			v, ok := each.(*ast.ValueSpec)
			if ok && d.Tok == token.VAR && slices.ContainsFunc(v.Names, func(n *ast.Ident) bool { return theirs(n.Name) }) {
				e.values = append(e.values, v.Values...)
			}
		}
	}
}

// computed says whether a value calls a function of the learner's, or hands one to
// what it calls. One that stands there for later does not run.
func (e *early) computed(value ast.Expr) (found bool) {
	ast.Inspect(value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			found = found || slices.ContainsFunc(append(slices.Clone(n.Args), n.Fun), e.theirs)
		}
		return !found
	})
	return found
}

func (e *early) theirs(x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.FuncLit:
		return true
	case *ast.Ident:
		return slices.Contains(e.functions, x.Name)
	}
	return false
}

func (e *early) refuse(n ast.Node, why string) {
	at := e.set.Position(n.Pos())
	e.lines = append(e.lines, Line{File: at.Filename, Row: at.Line, Text: why})
}

// Why something is refused.
const (
	initRefused  = "a function named init runs before every test: a check is not made with one. Give it another name, and call it"
	valueRefused = "a function of yours that computes a variable runs before every test: a check is not made with one. Call it where the value is needed"
)
