package decl

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"drydock/lessons/near"
)

// Decl is a declaration with the place it stands at.
type Decl struct {
	Address Address
	File    string   // slash-separated, from the root of the file system
	Line    int      // of the first line of Text
	Kind    string   // func, type, const or var
	Names   []string // all that Text declares: more than one for `var a, b int`
	HasBody bool     // of a func: one without is another package's, or written in assembly
	Piece
}

// Cuttable reports whether Cut can make a stub of it.
func (d Decl) Cuttable() bool { return d.Kind == "func" && d.HasBody }

// Piece is a declaration by itself: what Put needs to place it elsewhere.
type Piece struct {
	Text    string   // doc comment and code as gofmt prints them
	Imports []Import // packages that Text uses
}

// Find returns the declaration at an address below the root of fsys. Tests and
// files that are not built for Linux on this machine's architecture are not
// looked at, so of two declarations, one for each architecture, it finds this
// one's. The error is a *NotFoundError when nothing is there.
func Find(fsys fs.FS, a Address) (Decl, error) {
	all, err := List(fsys, a.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Decl{}, err
	}
	for _, d := range all {
		if slices.Contains(d.Names, a.Name) {
			d.Address = a
			return d, nil
		}
	}
	return Decl{}, &NotFoundError{Dir: a.Dir, Name: a.Name, Near: nearAddresses(fsys, a)}
}

// Get returns a file's declaration of a name.
func Get(src []byte, name string) (Piece, error) {
	f, err := parse(src)
	if err != nil {
		return Piece{}, err
	}
	return f.get(name)
}

// get is Get of a file that was read.
func (f *file) get(name string) (Piece, error) {
	p, err := f.find(name)
	if err != nil {
		return Piece{}, err
	}
	text, err := f.text(p)
	return Piece{Text: text, Imports: f.usedIn(p.span, f.uses())}, err
}

// Signature returns what others see of a declaration: of a function all but
// doc comment and body, of anything else the code. Two versions of a function
// with one signature can stand for one another.
func Signature(text string) (string, error) {
	f, err := parse([]byte("package p\n\n" + text))
	if err != nil {
		return "", err
	}
	if len(f.ast.Decls) != 1 {
		return "", fmt.Errorf("taking the signature of %d declarations instead of one", len(f.ast.Decls))
	}
	d := f.ast.Decls[0]
	end := d.End()
	if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil {
		end = fn.Body.Lbrace
	}
	return strings.TrimSpace(string(f.src[f.offset(d.Pos()):f.offset(end)])), nil
}

// List returns the declarations of the package in a folder, file by file.
func List(fsys fs.FS, dir string) ([]Decl, error) {
	files, err := goFiles(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("listing the declarations of %s: %w", dir, err)
	}
	var all []Decl
	for _, name := range files {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		found, err := Parse(name, src)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// Parse returns the declarations of one file in order. What has no address
// (imports, init, "_") is left out. name is the file's path below the module;
// it is put before the lines of a syntax error.
func Parse(name string, src []byte) ([]Decl, error) {
	f, err := parse(src)
	if err != nil {
		return nil, &SyntaxError{File: name, Err: err}
	}
	uses := f.uses()
	var all []Decl
	for _, p := range f.places() {
		if len(p.names) == 0 {
			continue
		}
		text, err := f.text(p)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, Decl{
			Address: Address{Dir: path.Dir(name), Name: p.names[0]},
			File:    name, Line: p.line, Kind: p.kind, Names: p.names,
			HasBody: p.fn != nil && p.fn.Body != nil,
			Piece:   Piece{Text: text, Imports: f.usedIn(p.span, uses)},
		})
	}
	return all, nil
}

// goFiles lists the files of a folder that are built into its package.
func goFiles(fsys fs.FS, dir string) ([]string, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, err
	}
	target := build.Default
	target.GOOS, target.GOARCH, target.CgoEnabled = "linux", runtime.GOARCH, false
	target.BuildTags, target.JoinPath = nil, path.Join
	target.OpenFile = func(name string) (io.ReadCloser, error) { return fsys.Open(name) }

	var files []string
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		built, err := target.MatchFile(dir, name)
		if err != nil {
			return nil, err
		}
		if built {
			files = append(files, path.Join(dir, name))
		}
	}
	return files, nil
}

// nearAddresses looks through the whole module for what an address may have
// meant: a slip in the name, else the same name elsewhere, since declarations
// move, else anything that is spelt nearly so.
func nearAddresses(fsys fs.FS, a Address) []string {
	var here, elsewhere, all []string
	// What cannot be read has nothing to offer; the search goes on.
	_ = fs.WalkDir(fsys, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || !e.IsDir() {
			return nil
		}
		if base := path.Base(name); name != "." && (strings.HasPrefix(base, ".") || base == "testdata") {
			return fs.SkipDir
		}
		for _, n := range declared(fsys, name) {
			address := Address{name, n}.String()
			all = append(all, address)
			switch {
			case name == a.Dir:
				here = append(here, n)
			case bare(n) == bare(a.Name):
				elsewhere = append(elsewhere, address)
			}
		}
		return nil
	})
	var found []string
	for _, n := range here { // a method without its type
		if strings.HasSuffix(strings.ToLower(bare(n)), "."+strings.ToLower(bare(a.Name))) {
			found = append(found, Address{a.Dir, n}.String())
		}
	}
	// In its own folder only the name may be wrong, so only it is measured.
	for _, n := range near.By(a.Name, here, bare) {
		found = append(found, Address{a.Dir, n}.String())
	}
	found = append(found, near.By(a.String(), elsewhere, bare)...)
	found = append(found, elsewhere...)
	if len(found) == 0 {
		found = near.By(a.String(), all, bare)
	}
	return first(3, found)
}

// declared returns the names that a folder's package declares, as far as its
// files can be read.
func declared(fsys fs.FS, dir string) []string {
	files, _ := goFiles(fsys, dir)
	var names []string
	for _, name := range files {
		src, _ := fs.ReadFile(fsys, name)
		f, err := parse(src)
		if err != nil {
			continue
		}
		for _, p := range f.places() {
			names = append(names, p.names...)
		}
	}
	return names
}

// first returns the first n different strings.
func first(n int, list []string) []string {
	var kept []string
	for _, s := range list {
		if len(kept) < n && !slices.Contains(kept, s) {
			kept = append(kept, s)
		}
	}
	return kept
}

// SyntaxError reports a file that is not Go. Its lines are those of the file.
type SyntaxError struct {
	File string
	Err  error // a scanner.ErrorList
}

// Error is the first fault, as the compiler prints it.
func (e *SyntaxError) Error() string { return e.File + ":" + e.Err.Error() }

// Unwrap gives the list of faults.
func (e *SyntaxError) Unwrap() error { return e.Err }
