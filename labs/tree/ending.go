package tree

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// Calls that end the program with success and leave nobody a word to say: what was
// printed before would be the whole result. os.Exit is not among them: the testing
// package makes a failure of it (-test.paniconexit0).
var (
	kernelPackages = []string{"syscall", "golang.org/x/sys/unix"}
	endingNames    = []string{"Exit", "Exec", "SYS_EXIT", "SYS_EXIT_GROUP", "SYS_EXECVE", "SYS_EXECVEAT"}
	rawCalls       = []string{"Syscall", "Syscall6", "Syscall9", "RawSyscall", "RawSyscall6", "RawSyscallNoError", "SyscallNoError", "AllThreadsSyscall", "AllThreadsSyscall6"}
)

// Why something is refused.
const (
	endingRefused   = "%s ends the program, and a test with it, before it has said how it went: a check is not made with it. Return an error instead"
	unnamedRefused  = "a check is made with system calls by their name alone, such as unix.SYS_GETPID, and with %s called where it stands"
	linknameRefused = "a check is not made with //go:linkname"
)

// ending refuses what ends the program in a declaration of the learner's.
func (e *early) ending(d ast.Decl, f origin) {
	if !f.theirs(d) {
		return
	}
	fine := map[*ast.SelectorExpr]bool{} // raw calls of something that has a name
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if raw, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) > 0 {
				number, named := n.Args[0].(*ast.SelectorExpr)
				fine[raw] = named && f.ofKernel(number) && strings.HasPrefix(number.Sel.Name, "SYS_")
			}
		case *ast.SelectorExpr:
			switch {
			case !f.ofKernel(n):
			case slices.Contains(endingNames, n.Sel.Name):
				e.refuse(n, fmt.Sprintf(endingRefused, n.Sel.Name))
			case slices.Contains(rawCalls, n.Sel.Name) && !fine[n]:
				e.refuse(n, fmt.Sprintf(unnamedRefused, n.Sel.Name))
			}
		}
		return true
	})
}

// ofKernel says whether a name is one of a package of system calls.
func (f origin) ofKernel(n *ast.SelectorExpr) bool {
	name, ok := n.X.(*ast.Ident)
	return ok && slices.Contains(kernelPackages, f.imports[name.Name])
}

// theirs says whether a declaration is the learner's. Of a piece's name, such as
// (*Bridge).Attach, a method has the end.
func (f origin) theirs(d ast.Decl) bool {
	if f.own {
		return true
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		for piece := range f.pieces {
			if piece == d.Name.Name || d.Recv != nil && strings.HasSuffix(piece, "."+d.Name.Name) {
				return true
			}
		}
	case *ast.GenDecl:
		for _, each := range d.Specs {
			if v, ok := each.(*ast.ValueSpec); ok && slices.ContainsFunc(v.Names, f.added) {
				return true
			}
		}
	}
	return false
}

// hidden refuses the ways in which a file of the learner's could hide what it calls.
func (e *early) hidden(file *ast.File, f origin) {
	for _, i := range file.Imports {
		if path := strings.Trim(i.Path.Value, "`\""); i.Name != nil && i.Name.Name == "." && slices.Contains(kernelPackages, path) {
			e.refuse(i, "a check is made with what is called in the name of its package: give this import none of `.`")
		}
	}
	if !f.own {
		return
	}
	for _, group := range file.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//go:linkname ") {
				e.refuse(c, linknameRefused)
			}
		}
	}
}
