package cmd_test

import (
	"cmp"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// circular are the packages of mini-docker whose files still call one another in a
// circle. Whoever straightens one takes it out here.
var circular = []string{
	"mini-docker/bench",
	"mini-docker/builder",
	"mini-docker/builder/dockerfile",
	"mini-docker/builder/transfer",
	"mini-docker/cgroup",
	"mini-docker/engine/container",
	"mini-docker/engine/networks",
	"mini-docker/image",
	"mini-docker/image/registry",
	"mini-docker/layer",
	"mini-docker/network/names",
	"mini-docker/rootfs",
	"mini-docker/runtime",
	"mini-docker/sandbox",
	"mini-docker/sandbox/guest",
	"mini-docker/sandbox/stdio",
	"mini-docker/sandbox/subtree",
	"mini-docker/shim",
	"mini-docker/volume",
}

// TestFilesCallOneWay sees to it that the files of a package have an order: who reads
// one needs only those it calls, and none of them leads back.
func TestFilesCallOneWay(t *testing.T) {
	read := 0
	err := filepath.WalkDir("../mini-docker", func(dir string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() || entry.Name() == "testdata" {
			return err
		}
		read++
		circles := circlesOf(t, sourceOf(t, dir))
		switch name := strings.TrimPrefix(dir, "../"); {
		case slices.Contains(circular, name):
			if len(circles) == 0 {
				t.Errorf("%s has no circle any more: take it out of the list", name)
			}
		case len(circles) > 0:
			t.Errorf("%s: calls between its files lead back to where they come from:\n\t%s", name, strings.Join(circles, "\n\t"))
		}
		return nil
	})
	if err != nil || read < 40 {
		t.Fatalf("the world is not alive: %d folders, %v", read, err)
	}
}

func TestACircleIsFound(t *testing.T) {
	files := map[string]string{
		"a.go": "package p\nimport \"x\"\ntype T struct{ x.Y }\nfunc (t *T) A() { x.Do(func() { t.B() }) }\n",
		"b.go": "package p\nfunc (t *T) B() { c() }\n",
		"c.go": "package p\nfunc c() { f := (*T).A; _ = f }\nfunc d() { c() }\n",
		"d.go": "package p\nfunc e() { d() }\n",
	}
	want := []string{"a.go calls b.go: B", "b.go calls c.go: c", "c.go calls a.go: A"}
	if got := circlesOf(t, files); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	files["c.go"] = "package p\nfunc c() {}\nfunc d() { c() }\n"
	if got := circlesOf(t, files); len(got) != 0 {
		t.Errorf("without the way back: got %q", got)
	}
}

// sourceOf reads the Go files of a folder, tests apart.
func sourceOf(t *testing.T, dir string) map[string]string {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}
	return files
}

// call is that one file uses a function or method of another.
type call struct{ from, to, what string }

// circlesOf names the calls between files of a package from which other calls lead
// back.
func circlesOf(t *testing.T, files map[string]string) []string {
	t.Helper()
	calls := callsOf(t, files)
	var found []string
	for _, each := range calls {
		if reaches(calls, each.to, each.from) {
			found = append(found, each.from+" calls "+each.to+": "+each.what)
		}
	}
	return found
}

// callsOf lists the calls between the files of a package. Other packages are not
// read: of what comes from them nothing is known, and nothing is asked.
func callsOf(t *testing.T, files map[string]string) []call {
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file, err := parser.ParseFile(set, name, files[name], parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	uses := map[*ast.Ident]types.Object{}
	config := types.Config{Importer: nobody{}, Error: func(error) {}}
	pkg, _ := config.Check("p", set, parsed, &types.Info{Uses: uses})
	seen := map[call]bool{}
	for at, object := range uses {
		function, ok := object.(*types.Func)
		if !ok || function.Pkg() != pkg {
			continue
		}
		from, to := set.Position(at.Pos()).Filename, set.Position(function.Origin().Pos()).Filename
		if from != to {
			seen[call{from, to, function.Name()}] = true
		}
	}
	return slices.SortedFunc(maps.Keys(seen), func(a, b call) int {
		return cmp.Or(strings.Compare(a.from, b.from), strings.Compare(a.to, b.to), strings.Compare(a.what, b.what))
	})
}

// reaches says whether calls lead from one file to another.
func reaches(calls []call, from, to string) bool {
	seen, next := map[string]bool{}, []string{from}
	for len(next) > 0 {
		at := next[0]
		next = next[1:]
		if at == to {
			return true
		}
		for _, each := range calls {
			if each.from == at && !seen[each.to] {
				seen[each.to] = true
				next = append(next, each.to)
			}
		}
	}
	return false
}

// nobody has no package to import.
type nobody struct{}

func (nobody) Import(string) (*types.Package, error) { return nil, errors.New("not read") }
