package decl

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Import is a package a declaration uses.
type Import struct {
	Name string `json:"name,omitempty"` // as the import gives it; "" = the package's own
	Path string `json:"path"`
}

// String is the import as it stands in an import block.
func (i Import) String() string {
	if i.Name == "" {
		return strconv.Quote(i.Path)
	}
	return i.Name + " " + strconv.Quote(i.Path)
}

// importOf reads an import's line.
func importOf(s *ast.ImportSpec) Import {
	p, _ := strconv.Unquote(s.Path.Value) // the parser accepts nothing else
	if s.Name == nil {
		return Import{Path: p}
	}
	return Import{Name: s.Name.Name, Path: p}
}

// bound returns the name by which an import is used in the file; "" for one
// that is not used by name ("_", ".", "C" is cgo's and left alone).
//
// Without an alias that is the name in the package clause of a package that is
// not looked at here. It nearly always follows from the path; where two
// spellings are possible, the one that occurs in the file is taken.
func (f *file) bound(i Import) string {
	switch {
	case i.Name == "_" || i.Name == "." || i.Path == "C":
		return ""
	case i.Name != "":
		return i.Name
	}
	candidates := packageNames(i.Path)
	for _, name := range candidates {
		if f.qualifiers()[name] {
			return name
		}
	}
	return candidates[0]
}

// qualifiers returns the names that stand before a point.
func (f *file) qualifiers() map[string]bool {
	if f.before != nil {
		return f.before
	}
	f.before = map[string]bool{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok {
				f.before[x.Name] = true
			}
		}
		return true
	})
	return f.before
}

// majorVersion is the last element of the path of a module's second and later
// versions; the package is named for the element before it. See the Go modules
// reference, Major version suffixes.
var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// packageNames guesses the name a package gives itself, likeliest first.
func packageNames(importPath string) []string {
	last := path.Base(importPath)
	likely := last
	if before := path.Base(path.Dir(importPath)); majorVersion.MatchString(last) && before != "." {
		likely = before
	}
	// gopkg.in/yaml.v3 is yaml, go-units is units, specs-go is specs.
	likely = strings.TrimPrefix(likely, "go-")
	if end := strings.IndexFunc(likely, func(r rune) bool { return !token.IsIdentifier("x" + string(r)) }); end > 0 {
		likely = likely[:end]
	}
	return slices.Compact([]string{likely, last})
}

// uses returns, for each import of the file, the places that use it by name.
func (f *file) uses() map[Import][]int {
	// A name before a point that nothing in the file declares is an import's:
	// Go forbids a package to declare it in another file.
	free := map[*ast.Ident]bool{}
	for _, id := range f.ast.Unresolved {
		free[id] = true
	}
	at := map[string][]int{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && free[x] {
				at[x.Name] = append(at[x.Name], f.offset(x.Pos()))
			}
		}
		return true
	})
	used := map[Import][]int{}
	for _, s := range f.ast.Imports {
		i := importOf(s)
		used[i] = at[f.bound(i)]
	}
	return used
}

// usedIn returns the imports that a run of bytes uses, in the file's order.
// uses is what f.uses returned.
func (f *file) usedIn(s span, uses map[Import][]int) []Import {
	var found []Import
	for _, spec := range f.ast.Imports {
		i := importOf(spec)
		if slices.ContainsFunc(uses[i], s.holds) {
			found = append(found, i)
		}
	}
	return found
}

// pruneIdle takes those of the named imports out that the file no longer
// uses. Only imports that were in use before a change are
// candidates: one that never was is the author's business.
func (f *file) pruneIdle(candidates []Import) (*file, error) {
	if len(candidates) == 0 {
		return f, nil
	}
	uses := f.uses()
	idle := slices.DeleteFunc(slices.Clone(candidates), func(i Import) bool { return len(uses[i]) > 0 })
	if edits := f.without(idle); len(edits) > 0 {
		return f.apply(edits...)
	}
	return f, nil
}

// without takes imports out: their lines, or the whole declaration.
func (f *file) without(imports []Import) []edit {
	var edits []edit
	for _, d := range f.ast.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Tok != token.IMPORT {
			continue
		}
		var idle []edit
		for _, s := range block.Specs {
			spec := s.(*ast.ImportSpec)
			if slices.Contains(imports, importOf(spec)) {
				idle = append(idle, edit{span: f.lines(f.place(spec, spec.Doc, "").span)})
			}
		}
		if len(idle) > 0 && len(idle) == len(block.Specs) {
			idle = []edit{{span: f.lines(f.place(block, block.Doc, "").span)}}
		}
		edits = append(edits, idle...)
	}
	return edits
}
