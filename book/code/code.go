// Package code knows every declaration of the product: where it stands, which
// others its text names, and which tests reach it that way.
//
//	index, err := code.Read(fsys, "mini-docker", "mini-k8s")
//	d, ok := index.Find("mini-docker/network.(*Bridge).Attach")
//
// It goes by the names in the source and runs nothing. So a call through an
// interface is followed to each method of that name in the packages that the
// caller imports, and one that is made by reflection is not seen.
package code

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"drydock/lessons/decl"
)

// Index is the declarations of some folders.
type Index struct {
	Packages []*Package // by folder
	found    map[string]*Declaration
}

// Package is one package with its declarations in the order of its files.
type Package struct {
	Dir   string // mini-docker/network
	Doc   string // the comment above its package clause
	Decls []*Declaration
	tests []*Declaration // of its test files: tests and what helps them
}

// Declaration is one declaration and what is known about it.
type Declaration struct {
	decl.Decl
	Links map[int]*Declaration // by the offset in Text of the name that means it
	Tests []Reach              // that reach it, the nearest first

	names []reference
	calls []*Declaration // whatever its text names
}

// Reach is a test that reaches a declaration.
type Reach struct {
	Test  *Declaration
	Steps int // 1: the test itself names the declaration
}

// Read indexes the packages below some folders of a module's source.
func Read(fsys fs.FS, roots ...string) (*Index, error) {
	index := &Index{found: map[string]*Declaration{}}
	for _, root := range roots {
		err := fs.WalkDir(fsys, root, func(name string, e fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case e.IsDir() && (e.Name() == "testdata" || e.Name() == "embedded"):
				return fs.SkipDir
			case e.IsDir():
				index.Packages = append(index.Packages, &Package{Dir: name})
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("looking for packages below %s: %w", root, err)
		}
	}
	var work errgroup.Group
	for _, p := range index.Packages {
		work.Go(func() error { return p.read(fsys) })
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	index.Packages = slices.DeleteFunc(index.Packages, func(p *Package) bool { return len(p.Decls) == 0 })
	slices.SortFunc(index.Packages, func(a, b *Package) int { return strings.Compare(a.Dir, b.Dir) })
	for _, p := range index.Packages {
		for _, d := range p.Decls {
			for _, name := range d.Names {
				index.found[key(p.Dir, name)] = d
			}
		}
	}
	index.resolve()
	index.reach()
	return index, nil
}

// read parses a package's files.
func (p *Package) read(fsys fs.FS) error {
	built, err := decl.List(fsys, p.Dir)
	if err != nil {
		return err
	}
	p.Decls = declarations(built)
	files, err := fs.Glob(fsys, path.Join(p.Dir, "*.go"))
	if err != nil {
		return fmt.Errorf("listing %s: %w", p.Dir, err)
	}
	for _, name := range files {
		src, err := fs.ReadFile(fsys, name)
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		if !strings.HasSuffix(name, "_test.go") {
			p.Doc = max(p.Doc, packageDoc(src)) // one file of a package has it
			continue
		}
		tests, err := decl.Parse(name, src)
		if err != nil {
			return err
		}
		p.tests = append(p.tests, declarations(tests)...)
	}
	return nil
}

func declarations(all []decl.Decl) []*Declaration {
	var made []*Declaration
	for _, d := range all {
		made = append(made, &Declaration{Decl: d, names: references(d)})
	}
	return made
}

// key is an address in the one spelling of the index: a type cannot have two
// methods that differ in the kind of receiver only.
func key(dir, name string) string { return dir + "." + Bare(name) }

// Bare is a declaration's name without the marks of a pointer receiver:
// Bridge.Attach.
func Bare(name string) string { return strings.NewReplacer("(*", "", ")", "").Replace(name) }

// Find returns the declaration at an address as lessons write it.
func (x *Index) Find(address string) (*Declaration, bool) {
	a, err := decl.ParseAddress(address)
	if err != nil {
		return nil, false
	}
	d, ok := x.found[key(a.Dir, a.Name)]
	return d, ok
}

// All lists the declarations, package by package.
func (x *Index) All() []*Declaration {
	var all []*Declaration
	for _, p := range x.Packages {
		all = append(all, p.Decls...)
	}
	return all
}
