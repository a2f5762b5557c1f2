package decl

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// mend returns what stands in the place of a victim so that cut, the file
// without it, compiles: nothing as a rule.
func (m *mutator) mend(cut *file, v victim) string {
	if _, ok := v.node.(ast.Expr); ok {
		return "" // an element of a literal leaves nothing behind
	}
	now := m.says(cut)
	var lines []string
	// A variable err that the statement declared and later ones use can be
	// declared by itself, because its type is known; others cannot.
	declares := definedBy(v.node)
	if slices.Contains(declares, "err") && slices.Contains(now, "undefined: err") {
		lines = append(lines, "var err error")
	}
	for _, name := range cut.unused() {
		// Whatever lost its last use was used here, so it is in scope here.
		if !slices.Contains(declares, name) && mentions(v.node, name) {
			lines = append(lines, "_ = "+name)
		}
	}
	if _, ok := v.node.(*ast.ReturnStmt); ok && slices.Contains(now, "missing return") {
		lines = append(lines, zeroReturn(v.within, m.file))
	}
	return strings.Join(lines, "\n")
}

// zeroReturn is a return statement of zero values for a function's results.
func zeroReturn(t *ast.FuncType, f *file) string {
	var values []string
	for _, field := range t.Results.List { // a function without results needs no return
		zero := zeroValue(field.Type, f)
		for range max(1, len(field.Names)) {
			values = append(values, zero)
		}
	}
	return "return " + strings.Join(values, ", ")
}

// zeroValue writes the zero value of a type, as a person would where the type
// shows how.
func zeroValue(t ast.Expr, f *file) string {
	switch t.(type) {
	case *ast.StarExpr, *ast.MapType, *ast.FuncType, *ast.ChanType, *ast.InterfaceType:
		return "nil"
	}
	code := string(f.src[f.offset(t.Pos()):f.offset(t.End())])
	switch code {
	case "error", "any":
		return "nil"
	case "bool":
		return "false"
	case "string":
		return `""`
	case "int", "uint64", "int64", "uintptr":
		return "0"
	}
	return "*new(" + code + ")"
}

// definedBy returns the names that a statement declares with := or var.
func definedBy(n ast.Node) []string {
	var names []string
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return nil
		}
		for _, left := range n.Lhs {
			if id, ok := left.(*ast.Ident); ok {
				names = append(names, id.Name)
			}
		}
	case *ast.DeclStmt:
		if d, ok := n.Decl.(*ast.GenDecl); ok {
			for _, s := range d.Specs {
				names = append(names, specNames(s)...)
			}
		}
	}
	return names
}

// mentions reports whether a name occurs in a piece of code.
func mentions(n ast.Node, name string) bool {
	found := false
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == name
		return !found
	})
	return found
}

// unused returns the names of local variables that are never read, which Go
// refuses. Being assigned to does not count as being read.
func (f *file) unused() []string {
	v := variables{locals: map[any]string{}, read: map[any]bool{}, written: map[*ast.Ident]bool{}}
	inspectBodies(f.ast, v.visit)
	var names []string
	for object, name := range v.locals {
		if !v.read[object] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// variables notes what functions do with their local variables. The keys of
// locals and read are what the parser resolved a name to.
type variables struct {
	locals  map[any]string
	read    map[any]bool
	written map[*ast.Ident]bool // places where a name is assigned to
}

// visit takes a node in. It must be called for a statement before the names in
// it.
func (v variables) visit(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok == token.DEFINE {
			v.declare(n.Lhs...)
		}
		for _, left := range n.Lhs {
			// x += 1 reads x as well.
			if id, ok := left.(*ast.Ident); ok && (n.Tok == token.ASSIGN || n.Tok == token.DEFINE) {
				v.written[id] = true
			}
		}
	case *ast.RangeStmt:
		if n.Tok == token.DEFINE {
			v.declare(n.Key, n.Value)
		}
	case *ast.ValueSpec:
		for _, id := range n.Names {
			v.declare(id)
		}
	case *ast.FuncType: // parameters and results may go unused
		for _, id := range fieldNames(n) {
			v.read[id.Obj] = true
		}
	case *ast.Ident:
		if n.Obj != nil && !v.written[n] {
			v.read[n.Obj] = true
		}
	}
}

// declare notes new variables.
func (v variables) declare(left ...ast.Expr) {
	for _, e := range left {
		if id, ok := e.(*ast.Ident); ok && id.Name != "_" && id.Obj != nil {
			v.locals[id.Obj] = id.Name
			v.written[id] = true
		}
	}
}

// inspectBodies calls visit with all nodes of the file's functions, a node
// before what it is made of.
func inspectBodies(tree *ast.File, visit func(ast.Node)) {
	for _, d := range tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok {
			ast.Inspect(fn, func(n ast.Node) bool {
				visit(n)
				return true
			})
		}
	}
}

// fieldNames returns the names of a function's parameters and results.
func fieldNames(t *ast.FuncType) []*ast.Ident {
	var names []*ast.Ident
	for _, list := range []*ast.FieldList{t.Params, t.Results} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			names = append(names, field.Names...)
		}
	}
	return names
}
