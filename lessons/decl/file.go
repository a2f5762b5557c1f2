package decl

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"slices"

	"drydock/lessons/near"
)

// file is one Go file, parsed. Offsets are those of src.
type file struct {
	src       []byte
	formatted bool // src is as gofmt prints it
	fset      *token.FileSet
	ast       *ast.File

	before map[string]bool // the names before a point, once they were asked for
}

// parse formats and parses a file. The error is a scanner.ErrorList whose
// lines are those of src as it was given.
func parse(src []byte) (*file, error) {
	f, err := read(src)
	if err != nil {
		return nil, err
	}
	formatted, err := f.print()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(formatted, src) { // the places in the tree are those of src
		if f, err = read(formatted); err != nil {
			return nil, err
		}
	}
	f.formatted = true
	return f, nil
}

// read parses a file as it is.
//
// The parser also resolves names within the file. That is all it takes to tell
// a local variable from an import of the same name; the type checker, which
// would be the usual choice, passes over code around packages it cannot read.
func read(src []byte) (*file, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	return &file{src: src, fset: fset, ast: tree}, nil
}

// print returns the file as gofmt prints it.
func (f *file) print() ([]byte, error) {
	if f.formatted {
		return f.src, nil
	}
	var out bytes.Buffer
	err := format.Node(&out, f.fset, f.ast)
	return out.Bytes(), err
}

func (f *file) offset(p token.Pos) int { return f.fset.Position(p).Offset }
func (f *file) line(p token.Pos) int   { return f.fset.Position(p).Line }

// span is a run of bytes of a file.
type span struct{ start, end int }

func (s span) holds(at int) bool { return s.start <= at && at < s.end }

// place is where a declaration stands in its file.
type place struct {
	span                // doc comment, code and a comment at the end of its last line
	line  int           // of the start
	kind  string        // func, type, const, var
	names []string      // what it declares, "_" and "init" left out
	fn    *ast.FuncDecl // nil unless kind is func
	// grouped marks one line of a parenthesised block: the keyword does not
	// stand before it.
	grouped bool
}

// places returns the file's declarations in order, imports left out. A
// parenthesised block is one place for each of its lines, or a single one if
// its lines lean on one another.
func (f *file) places() []place {
	var all []place
	for _, d := range f.ast.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			p := f.place(d, d.Doc, "func")
			p.fn = d
			p.add(funcName(d))
			all = append(all, p)
		case *ast.GenDecl:
			if d.Tok != token.IMPORT {
				all = append(all, f.general(d)...)
			}
		}
	}
	return all
}

// general returns the places of a type, const or var declaration.
func (f *file) general(d *ast.GenDecl) []place {
	whole := f.place(d, d.Doc, d.Tok.String())
	if d.Lparen.IsValid() && !leans(d) {
		var lines []place
		for _, s := range d.Specs {
			p := f.place(s, specDoc(s), d.Tok.String())
			p.grouped = true
			p.add(specNames(s)...)
			lines = append(lines, p)
		}
		return lines
	}
	for _, s := range d.Specs {
		whole.add(specNames(s)...)
	}
	return []place{whole}
}

// leans reports whether the lines of a const block make sense together only:
// those that count with iota or repeat the expression above them.
func leans(d *ast.GenDecl) bool {
	found := false
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ValueSpec:
			found = found || d.Tok == token.CONST && len(n.Values) == 0
		case *ast.Ident:
			found = found || d.Tok == token.CONST && n.Name == "iota"
		}
		return !found
	})
	return found
}

// place measures a node with its comments.
func (f *file) place(n ast.Node, doc *ast.CommentGroup, kind string) place {
	start, end := n.Pos(), n.End()
	if doc != nil {
		start = doc.Pos()
	}
	for _, c := range f.ast.Comments {
		if c.Pos() >= end && f.line(c.Pos()) == f.line(end) {
			end = c.End()
		}
	}
	return place{span: span{f.offset(start), f.offset(end)}, line: f.line(start), kind: kind}
}

func (p *place) add(names ...string) {
	for _, name := range names {
		if name != "_" && name != "init" {
			p.names = append(p.names, name)
		}
	}
}

// find returns the place that declares name.
func (f *file) find(name string) (place, error) {
	name, err := parseName(name)
	if err != nil {
		return place{}, err
	}
	var known []string
	for _, p := range f.places() {
		if slices.Contains(p.names, name) {
			return p, nil
		}
		known = append(known, p.names...)
	}
	return place{}, &NotFoundError{Name: name, Near: near.By(name, known, bare)}
}

// text returns a place's own text; a line of a block becomes a declaration
// that can stand alone.
func (f *file) text(p place) (string, error) {
	code := string(f.src[p.start:p.end])
	if !p.grouped {
		return code, nil
	}
	// The doc comment goes before the keyword; gofmt takes the indentation
	// and the block's alignment out.
	doc, spec := splitDoc(code)
	out, err := format.Source([]byte(doc + p.kind + " " + spec))
	if err != nil {
		return "", fmt.Errorf("taking %s out of its block: %w", p.names, err)
	}
	return string(out), nil
}

// specNames returns the names a line of a type, const or var block declares.
func specNames(s ast.Spec) []string {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return []string{s.Name.Name}
	case *ast.ValueSpec:
		var names []string
		for _, n := range s.Names {
			names = append(names, n.Name)
		}
		return names
	}
	return nil
}

func specDoc(s ast.Spec) *ast.CommentGroup {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return s.Doc
	case *ast.ValueSpec:
		return s.Doc
	}
	return nil
}

// funcName is a function's name as Go prints it, without type parameters.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	receiver, isPointer := ast.Unparen(d.Recv.List[0].Type), false
	if star, ok := receiver.(*ast.StarExpr); ok {
		receiver, isPointer = ast.Unparen(star.X), true
	}
	switch generic := receiver.(type) {
	case *ast.IndexExpr:
		receiver = generic.X
	case *ast.IndexListExpr:
		receiver = generic.X
	}
	base, ok := receiver.(*ast.Ident)
	switch {
	case !ok:
		return "_" // not Go; the compiler says so
	case isPointer:
		return "(*" + base.Name + ")." + d.Name.Name
	}
	return base.Name + "." + d.Name.Name
}
