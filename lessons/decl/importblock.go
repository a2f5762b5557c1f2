package decl

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// The groups of an import block, in their order.
const (
	standard = iota
	own      // this module's
	foreign
)

// module is this module's path: what the source that is cut belongs to.
const module = "drydock"

// group tells to which group of an import block a path belongs. Paths of the
// standard library have no point in their first element.
func group(importPath string) int {
	elem, _, _ := strings.Cut(importPath, "/")
	switch {
	case elem == module:
		return own
	case strings.Contains(elem, "."):
		return foreign
	}
	return standard
}

// lacks reports whether the file must be given an import. It is an error if
// its name stands for another package there.
func (f *file) lacks(i Import) (bool, error) {
	name := f.bound(i)
	for _, s := range f.ast.Imports {
		has := importOf(s)
		if name == "" && has == i {
			return false, nil
		}
		if name == "" || f.bound(has) != name {
			continue
		}
		if has.Path != i.Path {
			return false, fmt.Errorf("%s stands for %s in this file", name, has.Path)
		}
		return false, nil
	}
	return true, nil
}

// addImport adds an import's line to the file's first import declaration, at
// the end of its group; gofmt sorts it in.
func (f *file) addImport(i Import) (*file, error) {
	at := slices.IndexFunc(f.ast.Decls, isImport)
	if at < 0 {
		end := f.offset(f.ast.Name.End())
		return f.apply(edit{span{end, end}, "\n\nimport " + i.String() + "\n"})
	}
	block := f.ast.Decls[at].(*ast.GenDecl)
	if !block.Lparen.IsValid() {
		// A block is made of it first, so that what follows has one case.
		spec := f.place(block.Specs[0], nil, "").span
		line := string(f.src[spec.start:spec.end])
		made, err := f.apply(edit{spec, "(\n" + line + "\n)"})
		if err != nil {
			return nil, err
		}
		return made.addImport(i)
	}
	// The new line goes behind the last one of its group, else before the
	// first one of a group that comes later, else to the end.
	behind, before := -1, -1
	for n, s := range block.Specs {
		g := group(importOf(s.(*ast.ImportSpec)).Path)
		if g == group(i.Path) {
			behind = n
		}
		if g > group(i.Path) && before < 0 {
			before = n
		}
	}
	var insert edit
	switch {
	case behind >= 0:
		insert = f.insertAt(f.lines(f.importSpan(block, behind)).end, i.String()+"\n")
	case before >= 0:
		insert = f.insertAt(f.lines(f.importSpan(block, before)).start, i.String()+"\n\n")
	default:
		insert = f.insertAt(f.offset(block.Rparen), "\n"+i.String()+"\n")
	}
	return f.apply(insert)
}

func isImport(d ast.Decl) bool {
	g, ok := d.(*ast.GenDecl)
	return ok && g.Tok == token.IMPORT
}

func (f *file) importSpan(block *ast.GenDecl, n int) span {
	s := block.Specs[n].(*ast.ImportSpec)
	return f.place(s, s.Doc, "").span
}

func (f *file) insertAt(offset int, text string) edit {
	return edit{span{offset, offset}, text}
}
