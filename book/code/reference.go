package code

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strings"

	"drydock/lessons/decl"
)

// module is what the import paths of this module's packages begin with.
const module = "drydock/"

// reference is a name in a declaration's text that is declared outside of it.
type reference struct {
	offset int    // in Text
	dir    string // of the package it is in: "" is the declaration's own
	name   string
	method bool // of a value whose type is not known here
}

// references lists the names that a declaration's text takes from elsewhere. The
// parser resolves what is declared within the text; what it leaves is the package's,
// an import's or Go's own.
func references(d decl.Decl) []reference {
	const clause = "package p\n"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "", clause+d.Text, parser.ParseComments)
	if err != nil {
		return nil // a piece that cannot stand alone names nothing that is linked
	}
	free, keys := map[*ast.Ident]bool{}, map[ast.Expr]bool{}
	for _, name := range file.Unresolved {
		free[name] = true
	}
	imports := folders(d.Imports)
	offset := func(n ast.Node) int { return fset.Position(n.Pos()).Offset - len(clause) }
	var found []reference
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.KeyValueExpr:
			keys[n.Key] = true // mostly the name of a field
		case *ast.SelectorExpr:
			of, isName := n.X.(*ast.Ident)
			if dir := ""; isName && free[of] {
				if dir = imports[of.Name]; dir != "" {
					found = append(found, reference{offset: offset(n.Sel), dir: dir, name: n.Sel.Name})
					return false
				}
			}
			found = append(found, reference{offset: offset(n.Sel), name: n.Sel.Name, method: true})
		case *ast.Ident:
			if free[n] && !keys[n] {
				found = append(found, reference{offset: offset(n), name: n.Name})
			}
		}
		return true
	})
	return found
}

// folders maps the names of imports from this module to the folders they mean.
func folders(imports []decl.Import) map[string]string {
	dirs := map[string]string{}
	for _, each := range imports {
		dir, own := strings.CutPrefix(each.Path, module)
		if !own {
			continue
		}
		name := each.Name
		if name == "" {
			name = path.Base(dir)
		}
		dirs[name] = dir
	}
	return dirs
}

// packageDoc is the comment above a file's package clause, "" when it has none.
func packageDoc(src []byte) string {
	file, err := parser.ParseFile(token.NewFileSet(), "", src, parser.PackageClauseOnly|parser.ParseComments)
	if err != nil {
		return "" // whoever reads the declarations says what is wrong
	}
	return file.Doc.Text()
}
