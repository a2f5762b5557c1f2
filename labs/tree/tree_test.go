package tree

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const rootGo = `// Package root changes roots.
package root

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// errNone says that there is none.
var errNone = errors.New("no root")

// Pivot makes dir the root.
func Pivot(dir string) error {
	if dir == "" {
		return errNone
	}
	if err := unix.Chdir(dir); err != nil {
		return fmt.Errorf("entering %s: %w", dir, err)
	}
	return nil
}

// Other does something else.
func Other() error { return unix.Chdir("/") }
`

const mainGo = `package main

import (
	"fmt"

	"drydock/mini-docker/root"
)

func main() { fmt.Println(root.Pivot("/"), root.Other()) }
`

const pivot = "mini-docker/root.Pivot"

// reference is a small module that can be built like the real one.
func reference(t *testing.T) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{
		"mini-docker/root/root.go": {Data: []byte(rootGo)},
		"cmd/mini-docker/main.go":  {Data: []byte(mainGo)},
		".gitignore":               {Data: []byte("/bin/\n")},
		"Makefile":                 {Data: []byte("all:\n")},
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: text}
	}
	return fsys
}

// config is a tree in a folder of its own, not there yet.
func config(t *testing.T, fsys fs.FS) Config {
	t.Helper()
	dir := t.TempDir()

	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	return Config{
		Dir: filepath.Join(dir, "drydock"), Work: filepath.Join(dir, "data"),
		Reference: fsys, Stamp: "one", Now: func() time.Time { return now },
	}
}

// open opens a tree and returns the notes as one text.
func open(t *testing.T, c Config) (*Tree, string) {
	t.Helper()
	tree, notes, err := Open(t.Context(), c)
	if err != nil {
		t.Fatalf("Open: %v (%q)", err, notes)
	}
	return tree, strings.Join(notes, "\n")
}

// begin opens a tree and begins the lab about Pivot.
func begin(t *testing.T, c Config) *Tree {
	t.Helper()
	tree, _ := open(t, c)
	if _, err := tree.Cut(t.Context(), "mounts/pivot", []string{pivot}, "make dir the root"); err != nil {
		t.Fatal(err)
	}
	return tree
}

func read(t *testing.T, tree *Tree, name string) string {
	t.Helper()
	text, err := os.ReadFile(tree.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, tree *Tree, name, text string) {
	t.Helper()
	if err := os.WriteFile(tree.path(name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// answer writes the learner's body of Pivot.
func answer(t *testing.T, tree *Tree, body string) {
	t.Helper()
	text := read(t, tree, root)
	start := strings.Index(text, "func Pivot(dir string) error {")
	end := start + strings.Index(text[start:], "\n}")
	if start < 0 {
		t.Fatalf("no Pivot in\n%s", text)
	}
	write(t, tree, root, text[:start]+"func Pivot(dir string) error {\n\t"+body+text[end:])
}

const root = "mini-docker/root/root.go"

func mustContain(t *testing.T, what, text string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s: got\n%s\nwant it to contain %q", what, text, w)
		}
	}
}

func TestOpenMakesTheTreeOnce(t *testing.T) {
	c := config(t, reference(t))
	tree, notes := open(t, c)
	if notes != "" {
		t.Errorf("a new tree: got notes %q", notes)
	}
	if got := read(t, tree, root); got != rootGo {
		t.Errorf("got\n%s\nwant the reference", got)
	}
	if _, err := exec.LookPath("git"); err == nil {
		status, err := exec.Command("git", "-C", c.Dir, "status", "--porcelain").CombinedOutput()
		if err != nil || len(status) > 0 {
			t.Errorf("git status: got %s, %v, want a clean tree", status, err)
		}
	}
	write(t, tree, "Makefile", "mine:\n")
	tree, notes = open(t, c)
	if got := read(t, tree, "Makefile"); notes != "" || got != "mine:\n" {
		t.Errorf("opened again: got %q and notes %q, want it left alone", got, notes)
	}
}

func TestOpenLeavesAForeignFolderAlone(t *testing.T) {
	c := config(t, reference(t))
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.Dir, "go.mod"), []byte("module drydock\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := Open(t.Context(), c)
	var foreign *ForeignError
	if !errors.As(err, &foreign) || !strings.Contains(err.Error(), "DRYDOCK_HOME") {
		t.Errorf("got %v, want a ForeignError that says what to do", err)
	}
	if entries, _ := os.ReadDir(c.Dir); len(entries) != 1 {
		t.Errorf("got %v, want nothing added", entries)
	}
}

// Everything that was saved comes back, comments between declarations too.
func TestADeletedTreeIsMadeAnewAsItWas(t *testing.T) {
	for name, remove := range map[string]func(*Tree) error{
		"all of it":            func(tree *Tree) error { return os.RemoveAll(tree.Dir()) },
		"all but hidden files": removeVisible,
	} {
		t.Run(name, func(t *testing.T) {
			c := config(t, reference(t))
			tree := begin(t, c)
			answer(t, tree, "// loose\n\treturn nil")
			write(t, tree, root, read(t, tree, root)+"\n// floating\n\nfunc mine() {}\n")
			write(t, tree, "mini-docker/root/own.go", "package root\n\nfunc own() {}\n")
			if err := tree.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			want, own := read(t, tree, root), read(t, tree, "mini-docker/root/own.go")
			if err := remove(tree); err != nil {
				t.Fatal(err)
			}
			tree, notes := open(t, c)
			mustContain(t, "notes", notes, "your tree was gone")
			if got := read(t, tree, root); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if got := read(t, tree, "mini-docker/root/own.go"); got != own {
				t.Errorf("the learner's own file: got %q, want %q", got, own)
			}
		})
	}
}

func removeVisible(tree *Tree) error {
	names, err := filepath.Glob(filepath.Join(tree.Dir(), "[^.]*"))
	for _, name := range names {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

func TestAMissingFileIsPutBackAsTheLearnerHadIt(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return nil")
	if err := tree.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := read(t, tree, root)
	if err := os.Remove(tree.path(root)); err != nil {
		t.Fatal(err)
	}
	// A check may run before the tree is opened again.
	if err := tree.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	tree, notes := open(t, c)
	mustContain(t, "notes", notes, root)
	if got := read(t, tree, root); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestADamagedRecordIsKeptAside(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return nil")
	if err := os.WriteFile(tree.recordPath(), []byte("{oops"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := Open(t.Context(), c)
	if err == nil {
		t.Fatal("got no error")
	}
	mustContain(t, "error", err.Error(), "damaged", "kept/2026-01-02T03-04-05/work.json")
	want := read(t, tree, root)
	tree, _ = open(t, c)
	if err := tree.Save(t.Context()); err != nil {
		t.Error(err)
	}
	if got := read(t, tree, root); got != want {
		t.Errorf("got\n%s\nwant what the learner wrote", got)
	}
}

// A disk that was full when the tree was made leaves half of it: that is nobody's
// work.
func TestATreeThatWasNeverWholeIsMadeAnew(t *testing.T) {
	c := config(t, reference(t))
	half := &Tree{c}
	if err := half.store(&record{Writing: true}); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, half, marker, markerText)
	write(t, half, "go.mod", read(t, &Tree{Config{Dir: "../.."}}, "go.mod"))
	tree, _ := open(t, c)
	if got := read(t, tree, "mini-docker/root/root.go"); got != rootGo {
		t.Errorf("after it was opened: got %q", got)
	}
	_, err := tree.Checked(t.Context(), "mounts/pivot", nil)
	var unknown *UnknownLabError
	if !errors.As(err, &unknown) {
		t.Errorf("checking: got %v, want that the lab was not begun", err)
	}
}
