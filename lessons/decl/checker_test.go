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
	sources  []source             // what of the module compiles
}

// source is a file of the module, read once for all tests.
type source struct {
	in    built
	name  string // without the folder
	file  *file
	decls []Decl
	uses  map[string][]int // where the compiler sees each import used, by path
}

func newChecker(t *testing.T) *checker {
	t.Helper()
	// #nosec G204: fixed arguments
	list := exec.Command("go", "list", "-e", "-export", "-deps", "-json=Dir,ImportPath,Export,GoFiles,Standard", "./mini-docker/...")
	list.Dir, list.Env, list.Stderr = "../..", append(os.Environ(), "CGO_ENABLED=0"), io.Discard
	out, err := list.Output()
	if err != nil && len(out) == 0 {
		t.Skipf("no go command to list this module's packages: %v", err)
	}
	c := &checker{exports: map[string]string{}, fset: token.NewFileSet(), files: map[string]*ast.File{}}
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
	for _, p := range c.packages {
		for _, name := range p.GoFiles {
			c.read(t, p, name)
		}
	}
	if len(c.sources) == 0 {
		t.Fatal("this module has no package that compiles")
	}
	return c
}

// compile checks a package with one file's text replaced. The bodies of the
// others are left out: what is cut in a file stays within it, but for a package
// the time would grow with its square.
func (c *checker) compile(p built, file string, src []byte) error {
	return c.check(p, file, src, nil)
}

// check is compile, which notes what names stand for.
func (c *checker) check(p built, file string, src []byte, names *types.Info) error {
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
	config.Check(p.ImportPath, c.fset, files, names) // what it returns, Error was told
	return first
}
