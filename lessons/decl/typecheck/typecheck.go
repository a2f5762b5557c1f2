// Package typecheck says what Go's type checker has against one file, as far as the
// file alone shows it. decl asks it about its mutations:
//
//	mutations, err := decl.Mutations(src, "PivotRoot", typecheck.File)
//
// It stands by itself because the type checker is long to compile, and whoever reads a
// lesson does without. It is not for whole packages: those are the compiler's.
package typecheck

import (
	"errors"
	"go/ast"
	"go/token"
	"go/types"
)

// File runs the type checker over one file and returns what it says. It knows neither
// other files nor imported packages, whose names it is told, so most messages are no
// verdict on the code; those that a change brings are.
func File(set *token.FileSet, file *ast.File, nameOf func(importPath string) string) []string {
	var messages []string
	config := types.Config{
		Importer:                 stand(nameOf),
		DisableUnusedImportCheck: true,
		Error: func(err error) {
			if e := (types.Error{}); errors.As(err, &e) {
				messages = append(messages, e.Msg)
			}
		},
	}
	// Its error is the first of those handed to Error.
	_, _ = config.Check(file.Name.Name, set, []*ast.File{file}, nil)
	return messages
}

// stand is an importer of empty packages.
type stand func(importPath string) string

// Import returns an empty package under the name the file uses for it.
func (s stand) Import(importPath string) (*types.Package, error) {
	p := types.NewPackage(importPath, s(importPath))
	p.MarkComplete()
	return p, nil
}
