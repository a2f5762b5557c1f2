package decl

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// built is a package of this module as the go command builds it.
type built struct {
	Dir, ImportPath, Export string
	GoFiles                 []string
	Standard                bool
}

// checker type-checks packages of this module against the compiled export
// data of what they import: what `go build` would say, in milliseconds.
type checker struct {
	packages []built
	exports  map[string]string
	fset     *token.FileSet
	importer types.Importer       // keeps what it has read
	files    map[string]*ast.File // as they are on disk, without what is in functions
}

func newChecker(t *testing.T) checker {
	t.Helper()
	// #nosec G204: fixed arguments
	list := exec.Command("go", "list", "-e", "-export", "-deps", "-json=Dir,ImportPath,Export,GoFiles,Standard", "./mini-docker/...")
	list.Dir, list.Env, list.Stderr = "../..", append(os.Environ(), "CGO_ENABLED=0"), io.Discard
	out, err := list.Output()
	if err != nil && len(out) == 0 {
		t.Skipf("no go command to list this module's packages: %v", err)
	}
	c := checker{exports: map[string]string{}, fset: token.NewFileSet(), files: map[string]*ast.File{}}
	c.importer = importer.ForCompiler(c.fset, "gc", func(path string) (io.ReadCloser, error) {
		if c.exports[path] == "" {
			return nil, fmt.Errorf("no export data of %s", path)
		}
		return os.Open(c.exports[path])
	})
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p built
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		c.exports[p.ImportPath] = p.Export
		if strings.HasPrefix(p.ImportPath, module+"/") && p.Export != "" {
			c.packages = append(c.packages, p)
		}
	}
	if len(c.packages) == 0 {
		t.Fatal("this module has no package that compiles")
	}
	return c
}

// compile checks a package with one file's text replaced. The bodies of the
// others are left out: what is cut in a file stays within it, but for a package
// the time would grow with its square.
func (c checker) compile(p built, file string, src []byte) error {
	var files []*ast.File
	for _, name := range p.GoFiles {
		key := filepath.Join(p.Dir, name)
		if name == file {
			f, err := parser.ParseFile(c.fset, key, src, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			files = append(files, f)
			continue
		}
		if c.files[key] == nil {
			f, err := parser.ParseFile(c.fset, key, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			for _, d := range f.Decls {
				if function, ok := d.(*ast.FuncDecl); ok {
					function.Body = nil
				}
			}
			c.files[key] = f
		}
		files = append(files, c.files[key])
	}
	var first error
	config := types.Config{Importer: c.importer, Error: func(err error) {
		var e types.Error
		// Soft is what is imported or declared and not used, as it is without bodies.
		elsewhere := errors.As(err, &e) && e.Soft && filepath.Base(c.fset.Position(e.Pos).Filename) != file
		if first == nil && !elsewhere {
			first = err
		}
	}}
	config.Check(p.ImportPath, c.fset, files, nil) // what it returns, Error was told
	return first
}

// The module itself is the test's input, as it is today.
func TestModule(t *testing.T) {
	c := newChecker(t)
	for name, test := range map[string]func(*testing.T, checker){
		"every function can be cut and put back":      everyFunctionCanBeCutAndPutBack,
		"all functions of a file can be cut together": allFunctionsOfAFileCanBeCutTogether,
		"mutations compile unless they say otherwise": mutationsCompileUnlessTheySayOtherwise,
	} {
		t.Run(name, func(t *testing.T) { test(t, c) })
	}
}

// each calls f with every function of the module that has a body.
func (c checker) each(t *testing.T, f func(p built, file string, src []byte, d Decl)) {
	t.Helper()
	for _, p := range c.packages {
		for _, file := range p.GoFiles {
			src, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			if c.compile(p, file, src) != nil {
				continue // not this package's fault
			}
			all, err := Parse(file, src)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range all {
				f(p, file, src, d)
			}
		}
	}
}

func everyFunctionCanBeCutAndPutBack(t *testing.T, c checker) {
	functions := 0
	c.each(t, func(p built, file string, src []byte, d Decl) {
		name := d.Address.Name
		piece, err := Get(src, name)
		if err != nil || piece.Text != d.Text {
			t.Errorf("%s: Get(%s): %v, or another text than Parse", file, name, err)
			return
		}
		if same, err := Put(src, name, piece.Text, piece.Imports...); err != nil || string(same) != string(src) {
			t.Errorf("%s: putting %s over itself changes the file: %v\n%s", file, name, err, same)
		}
		if !d.Cuttable() {
			return
		}
		functions++
		stub, pruned, err := Cut(src, name, "write it")
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		if err := c.compile(p, file, stub); err != nil {
			t.Errorf("%s without the body of %s (pruned %q): %v", file, name, pruned, err)
		}
		whole, err := Put(stub, name, piece.Text, piece.Imports...)
		if err != nil || string(whole) != string(src) && !sameButGroups(src, whole) {
			t.Errorf("%s: cutting %s and putting it back changes the file (pruned %q): %v\n%s", file, name, pruned, err, whole)
		}
	})
	t.Logf("%d functions", functions)
}

// sameButGroups reports whether two texts of a file hold the same lines, for
// files whose imports are grouped in another order than this module's: there a
// group that was pruned as a whole comes back in the usual place.
func sameButGroups(src, whole []byte) bool {
	order := func(text []byte) (groups []int) {
		f, err := parse(text)
		if err != nil {
			return nil
		}
		for _, s := range f.ast.Imports {
			groups = append(groups, group(importOf(s).Path))
		}
		return groups
	}
	sorted := func(text []byte) string {
		lines := strings.Split(string(text), "\n")
		slices.Sort(lines)
		return strings.Join(lines, "\n")
	}
	return !slices.IsSorted(order(src)) && sorted(src) == sorted(whole)
}

func allFunctionsOfAFileCanBeCutTogether(t *testing.T, c checker) {
	stubs := map[string][]byte{}
	pieces := map[string][]Decl{}
	owner := map[string]built{}
	c.each(t, func(p built, file string, src []byte, d Decl) {
		key := filepath.Join(p.Dir, file)
		if stubs[key] == nil {
			stubs[key], owner[key] = src, p
		}
		if !d.Cuttable() {
			return
		}
		stub, _, err := Cut(stubs[key], d.Address.Name, "")
		if err != nil {
			t.Fatal(err)
		}
		stubs[key], pieces[key] = stub, append(pieces[key], d)
	})
	for key, stub := range stubs {
		p, file := owner[key], filepath.Base(key)
		if err := c.compile(p, file, stub); err != nil {
			t.Errorf("%s, all cut: %v", file, err)
		}
		for _, d := range pieces[key] {
			var err error
			if stub, err = Put(stub, d.Address.Name, d.Text, d.Imports...); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.compile(p, file, stub); err != nil {
			t.Errorf("%s, all put back: %v", file, err)
		}
	}
}

func mutationsCompileUnlessTheySayOtherwise(t *testing.T, c checker) {
	all, refused := 0, 0
	c.each(t, func(p built, file string, src []byte, d Decl) {
		// A few packages are enough, and all would take a minute.
		few := []string{"rootfs", "namespace", "security", "call"}
		if !d.Cuttable() || !slices.Contains(few, filepath.Base(p.Dir)) {
			return
		}
		mutations, err := Mutations(src, d.Address.Name)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			return
		}
		for _, m := range mutations {
			all++
			if m.Refused != "" {
				refused++
				continue
			}
			if err := c.compile(p, file, m.Src); err != nil {
				t.Errorf("%s:%d without %q: %v", file, m.Line, m.Text, err)
			}
		}
	})
	t.Logf("%d mutations, of which the compiler refuses %d", all, refused)
}
