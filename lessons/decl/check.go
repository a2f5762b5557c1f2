package decl

import (
	"errors"
	"go/ast"
	"go/types"
)

// check runs the type checker over this one file and returns what it says. It
// knows neither other files nor imported packages, so most messages are no
// verdict on the code; those that a change brings are.
func (f *file) check() []string {
	var messages []string
	config := types.Config{
		Importer:                 stand{f},
		DisableUnusedImportCheck: true,
		Error: func(err error) {
			if e := (types.Error{}); errors.As(err, &e) {
				messages = append(messages, e.Msg)
			}
		},
	}
	// Its error is the first of those handed to Error.
	_, _ = config.Check(f.ast.Name.Name, f.fset, []*ast.File{f.ast}, nil)
	return messages
}

// stand is an importer of empty packages.
type stand struct{ file *file }

// Import returns an empty package under the name the file uses for it.
func (s stand) Import(importPath string) (*types.Package, error) {
	p := types.NewPackage(importPath, packageNames(importPath)[0])
	if name := s.file.bound(Import{Path: importPath}); name != "" {
		p.SetName(name)
	}
	p.MarkComplete()
	return p, nil
}
