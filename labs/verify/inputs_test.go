package verify

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"drydock/labs/proof"
	"drydock/labs/world"
)

// made returns which of the good lesson's proofs are made and not remembered. None of
// them is really tried: each comes to what run returns.
func made(t *testing.T, o Options, run func(context.Context) (string, error)) (all []string) {
	t.Helper()
	o = one(t, o, "good")
	o.Tell = func(p Proof) {
		if !p.Remembered && !looks(p.What) {
			all = append(all, p.What)
		}
	}
	v := &verifier{Options: o, module: os.DirFS(o.Module), scratch: t.TempDir(), facts: "this machine"}
	tasks, err := v.tasks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range tasks {
		tasks[i].run = run
	}
	if err := v.all(t.Context(), tasks); err != nil && !errors.Is(err, ErrUnproven) {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

// looks says whether a proof looks at the files alone: that is quicker than
// remembering it.
func looks(what string) bool {
	return what == "is complete" || what == "excerpts are the code" || what == "terms are in the glossary" ||
		strings.HasSuffix(what, ": it has a wrong answer for each world, and right ones") || strings.Contains(what, ": it is without ")
}

// copied is the little module in a folder of the test's own, with an engine and a
// store of proofs.
func copied(t *testing.T) Options {
	t.Helper()
	dir := t.TempDir()
	o := Options{Module: filepath.Join(dir, "module"), Machine: world.Machine{MiniDocker: filepath.Join(dir, "engine")}}
	if err := os.CopyFS(o.Module, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(o.Machine.MiniDocker, []byte("an engine"), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	if o.Proofs, err = proof.Open(t.TempDir()); err != nil {
		t.Fatal(err)
	}
	return o
}

// A proof that held is not made again, until something changes that it depends on.
func TestWhatHeldIsRememberedUntilAnInputChanges(t *testing.T) {
	o := copied(t)
	anew := func() []string {
		t.Helper()
		return made(t, o, func(context.Context) (string, error) { return "", nil })
	}
	every := anew()
	if len(every) < 10 {
		t.Fatalf("the world is not alive: at first only %q are proven", every)
	}
	if got := anew(); len(got) != 0 {
		t.Errorf("proven again, with nothing changed: %q", got)
	}
	addTo(t, o.Module, "lessons/01-good/lesson.md", "\nA last word.\n")
	blocks := []string{"console blocks print what they show", "each step begins where its set-up leads"}
	if got := anew(); !slices.Equal(got, blocks) {
		t.Errorf("after a change of the lesson %q are proven, want its console blocks alone", got)
	}
	addTo(t, o.Module, "greeting/greeting.go", "\nvar more = 1\n")
	built := anew()
	if len(built) < 5 || slices.Contains(built, "console blocks print what they show") {
		t.Errorf("after a change of the package %q are proven, want all that is built from it", built)
	}
	addTo(t, filepath.Dir(o.Machine.MiniDocker), "engine", ", another")
	got := anew()
	if len(got) == 0 || slices.ContainsFunc(got, func(what string) bool { return slices.Contains(built, what) }) {
		t.Errorf("after a change of the engine %q are proven, want all that runs it", got)
	}
	if len(got)+len(built) != len(every) {
		t.Errorf("%d proofs depend on the engine and %d on the package, want that the %d all do on one", len(got), len(built), len(every))
	}
	o.Fresh = true
	if got := anew(); !slices.Equal(got, every) {
		t.Errorf("afresh %q are proven, want all", got)
	}
}

func TestAFailureIsNotRemembered(t *testing.T) {
	for what, run := range map[string]func(context.Context) (string, error){
		"a problem":     func(context.Context) (string, error) { return "it passes", nil },
		"an error":      func(context.Context) (string, error) { return "", errors.New("no disk") },
		"being skipped": func(context.Context) (string, error) { return "", skipped{"no cgroups"} },
	} {
		o := copied(t)
		first := made(t, o, run)
		if again := made(t, o, run); len(again) < 10 || !slices.Equal(again, first) {
			t.Errorf("%s: first %q were tried, then %q, want all each time", what, first, again)
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

func TestWhatOthersHaveSetAsideChangesNoProof(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "root:1:2\n": 1, "0:1:2\n": 1, "rooty:1:2\nanna:3:4\n00:1:2\n": 0, "anna:1:2\nroot:5:6\n0:7:8": 2,
	} {
		if got := setAside(text, 0); len(got) != want {
			t.Errorf("%q: got %q, want %d lines", text, got, want)
		}
	}
}
