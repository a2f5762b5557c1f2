package verify

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"drydock/labs/proof"
)

// A proof that held is not made again, until something changes that it depends on.
func TestWhatHeldIsRememberedUntilAnInputChanges(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "module")
	if err := os.CopyFS(dir, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	store, err := proof.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Module: dir, Machine: machine(t), Proofs: store}
	anew := func() []string {
		t.Helper()
		made, err := proofsWith(t, o, "good")
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for what, p := range made {
			// What looks at the files alone is quicker than remembering it.
			looks := what == "is complete" || what == "excerpts are the code" || what == "terms are in the glossary" ||
				strings.HasSuffix(what, ": it has a wrong answer for each world, and right ones") || strings.Contains(what, ": it is without ")
			if !p.Remembered && !looks {
				all = append(all, what)
			}
		}
		slices.Sort(all)
		return all
	}
	every := anew()
	if len(every) < 10 {
		t.Fatalf("the world is not alive: at first only %q are proven", every)
	}
	if got := anew(); len(got) != 0 {
		t.Errorf("proven again, with nothing changed: %q", got)
	}
	addTo(t, dir, "lessons/01-good/lesson.md", "\nA last word.\n")
	blocks := []string{"console blocks print what they show", "each step begins where its set-up leads"}
	if got := anew(); !slices.Equal(got, blocks) {
		t.Errorf("after a change of the lesson %q are proven, want its console blocks alone", got)
	}
	addTo(t, dir, "greeting/greeting.go", "\nvar more = 1\n")
	if got := anew(); len(got) < 5 || slices.Contains(got, "console blocks print what they show") {
		t.Errorf("after a change of the package %q are proven, want all that is built from it", got)
	}
	o.Fresh = true
	if got := anew(); !slices.Equal(got, every) {
		t.Errorf("afresh %q are proven, want all", got)
	}
}

func TestAFailureIsNotRemembered(t *testing.T) {
	store, err := proof.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Module: "testdata/module", Machine: machine(t), Proofs: store}
	for range 2 {
		made, err := proofsWith(t, o, "bad")
		if p, ok := starting(made, "lab bad/easy: the empty world fails"); !ok || p.Problem == "" || err == nil {
			t.Fatalf("got %+v and error %v, want the failure each time", p, err)
		}
	}
}

func TestTheProversDigestFollowsItsImports(t *testing.T) {
	fsys := fstest.MapFS{
		"go.sum":           {Data: []byte("sums")},
		"labs/a/a.go":      {Data: []byte("package a\n\nimport _ \"drydock/labs/b\"\n")},
		"labs/b/b.go":      {Data: []byte("package b\n")},
		"labs/c/c.go":      {Data: []byte("package c\n")},
		"labs/b/b_test.go": {Data: []byte("package b\n")},
	}
	digest := func() string {
		sum, err := sourceDigest(fsys, "labs/a")
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	before := digest()
	for _, c := range []struct {
		file    string
		matters bool
	}{{"labs/c/c.go", false}, {"labs/b/b_test.go", false}, {"labs/b/b.go", true}, {"go.sum", true}} {
		fsys[c.file] = &fstest.MapFile{Data: []byte(strings.TrimSpace(string(fsys[c.file].Data)) + "\n// more\n")}
		now := digest()
		if (now != before) != c.matters {
			t.Errorf("a change of %s: the digest changes: %v, want %v", c.file, now != before, c.matters)
		}
		before = now
	}
}

// addTo adds text to a file of a module.
func addTo(t *testing.T, dir, name, text string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
