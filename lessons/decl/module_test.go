package decl

import (
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"drydock/lessons/decl/typecheck"
)

// The module itself is the test's input, as it is today.
func TestModule(t *testing.T) {
	// All syntax trees stay, and what is collected beside them is small: to walk them
	// as often as usual is a fifth of the time.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	c := newChecker(t)
	for name, test := range map[string]func(*testing.T, *checker){
		"every function can be cut and put back":      everyFunctionCanBeCutAndPutBack,
		"all functions of a file can be cut together": allFunctionsOfAFileCanBeCutTogether,
		"mutations compile unless they say otherwise": mutationsCompileUnlessTheySayOtherwise,
	} {
		t.Run(name, func(t *testing.T) { test(t, c) })
	}
}

// read adds a file to the sources, if it compiles: it is not this package's fault
// when it does not.
func (c *checker) read(t *testing.T, p built, name string) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(p.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(src)
	if err != nil {
		t.Fatal(err)
	}
	if string(f.src) != string(src) {
		t.Errorf("%s is not as gofmt prints it", name)
	}
	names := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	if c.check(p, name, f.src, names) != nil {
		return
	}
	s := source{in: p, name: name, file: f, uses: map[string][]int{}}
	for id, object := range names.Uses {
		at := c.fset.Position(id.Pos())
		if i, ok := object.(*types.PkgName); ok && filepath.Base(at.Filename) == name {
			path := i.Imported().Path()
			s.uses[path] = append(s.uses[path], at.Offset)
		}
	}
	if s.decls, err = Parse(name, src); err != nil {
		t.Fatal(err)
	}
	c.sources = append(c.sources, s)
}

// idleWithout returns the imports that the compiler refuses once a function has no
// body, since each place that uses them is in it.
func (s source) idleWithout(t *testing.T, function string) (idle []string) {
	t.Helper()
	p, err := s.file.find(function)
	if err != nil {
		t.Fatal(err)
	}
	body := span{s.file.offset(p.fn.Body.Lbrace), s.file.offset(p.fn.Body.Rbrace)}
	for _, spec := range s.file.ast.Imports {
		path := importOf(spec).Path
		outside := func(at int) bool { return !body.holds(at) }
		if uses := s.uses[path]; len(uses) > 0 && !slices.ContainsFunc(uses, outside) {
			idle = append(idle, path)
		}
	}
	return idle
}

// A file without one body is not compiled for each of them: that would be thousands
// of times, and what can go wrong is in two things. Imports must go exactly when the
// compiler sees no more use of them, which it tells of the whole file. Whether a stub
// itself compiles is seen when all functions of a file are cut together.
func everyFunctionCanBeCutAndPutBack(t *testing.T, c *checker) {
	functions := 0
	for _, s := range c.sources {
		for _, d := range s.decls {
			name := d.Address.Name
			piece, err := s.file.get(name)
			if err != nil || piece.Text != d.Text {
				t.Errorf("%s: Get(%s): %v, or another text than Parse", s.name, name, err)
				continue
			}
			if same, err := sourceOf(s.file.put(name, piece.Text, piece.Imports)); err != nil || string(same) != string(s.file.src) {
				t.Errorf("%s: putting %s over itself changes the file: %v\n%s", s.name, name, err, same)
			}
			if d.Cuttable() {
				functions++
				cutAndPutBack(t, s, name, piece)
			}
		}
	}
	t.Logf("%d functions", functions)
}

func cutAndPutBack(t *testing.T, s source, name string, piece Piece) {
	t.Helper()
	stub, idle, err := s.file.cut(name, "write it")
	if err != nil {
		t.Errorf("%s: %v", s.name, err)
		return
	}
	var pruned []string
	for _, i := range idle {
		pruned = append(pruned, i.Path)
	}
	if want := s.idleWithout(t, name); !slices.Equal(pruned, want) {
		t.Errorf("%s without the body of %s: pruned %q, and the compiler wants to be rid of %q", s.name, name, pruned, want)
	}
	back, err := stub.put(name, piece.Text, piece.Imports)
	if err == nil && string(back.src) == string(s.file.src) {
		return // gofmt would print the same
	}
	whole, err := sourceOf(back, err)
	if err != nil || string(whole) != string(s.file.src) && !sameButGroups(s.file.src, whole) {
		t.Errorf("%s: cutting %s and putting it back changes the file (pruned %q): %v\n%s", s.name, name, pruned, err, whole)
	}
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

func allFunctionsOfAFileCanBeCutTogether(t *testing.T, c *checker) {
	for _, s := range c.sources {
		// Between the two it is printed, as it is when a learner gets it.
		f := s.each(t, c, "all cut", s.file, func(f *file, d Decl) (*file, error) {
			f, _, err := f.cut(d.Address.Name, "")
			return f, err
		})
		s.each(t, c, "all put back", f, func(f *file, d Decl) (*file, error) {
			return f.put(d.Address.Name, d.Text, d.Imports)
		})
	}
}

// each does something for every function that can be cut, and compiles what comes out
// and returns it as it is printed.
func (s source) each(t *testing.T, c *checker, what string, f *file, do func(*file, Decl) (*file, error)) *file {
	t.Helper()
	var err error
	for _, d := range s.decls {
		if !d.Cuttable() {
			continue
		}
		if f, err = do(f, d); err != nil {
			t.Fatal(err)
		}
	}
	text, err := sourceOf(f, err)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.compile(s.in, s.name, text); err != nil {
		t.Errorf("%s, %s: %v", s.name, what, err)
	}
	if f, err = parse(text); err != nil {
		t.Fatal(err)
	}
	return f
}

func mutationsCompileUnlessTheySayOtherwise(t *testing.T, c *checker) {
	all, refused := 0, 0
	// A few packages are enough, and all would take a minute.
	few := []string{"rootfs", "namespace", "security", "call"}
	for _, s := range c.sources {
		for _, d := range s.decls {
			if !d.Cuttable() || !slices.Contains(few, filepath.Base(s.in.Dir)) {
				continue
			}
			mutations, err := Mutations(s.file.src, d.Address.Name, typecheck.File)
			if err != nil {
				t.Errorf("%s: %v", s.name, err)
				continue
			}
			for _, m := range mutations {
				all++
				if m.Refused != "" {
					refused++
					continue
				}
				if err := c.compile(s.in, s.name, m.Src); err != nil {
					t.Errorf("%s:%d without %q: %v", s.name, m.Line, m.Text, err)
				}
			}
		}
	}
	t.Logf("%d mutations, of which the compiler refuses %d", all, refused)
}
