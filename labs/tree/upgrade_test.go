package tree

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// newer is the reference with a file's text replaced.
func newer(t *testing.T, c Config, name, text string) Config {
	t.Helper()
	fsys := maps.Clone(c.Reference.(fstest.MapFS))
	fsys[name] = &fstest.MapFile{Data: []byte(text)}
	c.Reference, c.Stamp = fsys, "two"
	return c
}

func TestAnUpgradeCarriesTheLearnersWorkOver(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return mine(dir)")
	write(t, tree, root, read(t, tree, root)+"\nfunc mine(dir string) error { return unix.Chroot(dir) }\n")
	write(t, tree, "own.txt", "notes")
	// Not saved: the upgrade must see it by itself.
	text := strings.Replace(rootGo, "does something else", "does what is new", 1)
	text = strings.Replace(text, "entering %s", "going to %s", 1) // in the body of Pivot
	c = newer(t, c, root, text)
	tree, notes := open(t, c)
	mustContain(t, "notes", notes, "with your work in it")
	mustContain(t, "the file", read(t, tree, root), "does what is new", "return mine(dir)", "func mine(dir string)")
	if got := read(t, tree, "own.txt"); got != "notes" {
		t.Errorf("the learner's own file: got %q", got)
	}
	if err := tree.Build(t.Context(), "./cmd/mini-docker", filepath.Join(t.TempDir(), "out")); err != nil {
		t.Error(err)
	}
	if _, notes := open(t, c); notes != "" {
		t.Errorf("opened again: got notes %q", notes)
	}
}

func TestAnUpgradeKeepsAsideWhatDoesNotFit(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return unix.Chroot(dir)")
	write(t, tree, root, strings.Replace(read(t, tree, root), `unix.Chdir("/")`, `unix.Chdir("/tmp")`, 1))
	text := strings.Replace(rootGo, "Pivot(dir string)", "Pivot(dir string, lazy ...bool)", 1)
	text = text[:strings.Index(text, "// Other")] // gone
	c = newer(t, c, root, text)
	c = newer(t, c, "cmd/mini-docker/main.go", strings.Replace(mainGo, ", root.Other()", "", 1))
	tree, notes := open(t, c)
	mustContain(t, "notes", notes, pivot+" has changed", "mounts/pivot", "mini-docker/root.Other is no longer in the source")
	mustContain(t, "the file", read(t, tree, root), "lazy ...bool", `panic("make dir the root")`)
	kept, err := os.ReadFile(filepath.Join(c.Work, "kept/2026-01-02T03-04-05/mini-docker/root.Pivot.go"))
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, "kept", string(kept), "return unix.Chroot(dir)", `import "golang.org/x/sys/unix"`)
}

func TestAnUpgradeCutsAnUntouchedStarterAnew(t *testing.T) {
	c := config(t, reference(t))
	begin(t, c)
	c = newer(t, c, root, strings.Replace(rootGo, "Pivot makes dir", "Pivot now makes dir", 1))
	tree, _ := open(t, c)
	mustContain(t, "the file", read(t, tree, root), "Pivot now makes dir", `panic("make dir the root")`)
	changes, err := tree.Changed(t.Context())
	if err != nil || len(changes) != 1 || changes[0].Kind != Cut {
		t.Errorf("got %+v, %v, want the starter alone", changes, err)
	}
}

// An upgrade that is interrupted must not take what it wrote for the
// learner's.
func TestAnInterruptedUpgradeGoesOn(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return unix.Chroot(dir)")
	if err := tree.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The last file cannot be written: the learner has a folder of its name.
	if err := os.Mkdir(tree.path("zz"), 0o755); err != nil {
		t.Fatal(err)
	}
	c = newer(t, c, "zz", "a new file")
	c = newer(t, c, root, strings.Replace(rootGo, "does something else", "does what is new", 1))
	if _, _, err := Open(t.Context(), c); err == nil {
		t.Fatal("got no error")
	}
	mustContain(t, "half done", read(t, tree, root), "does what is new")
	if err := os.Remove(tree.path("zz")); err != nil {
		t.Fatal(err)
	}
	// Meanwhile there is a still newer version: what the one before wrote must
	// not pass for the learner's and stay.
	c = newer(t, c, root, strings.Replace(rootGo, "does something else", "does the very newest", 1))
	c.Stamp = "three"
	tree, _ = open(t, c)
	mustContain(t, "the file", read(t, tree, root), "does the very newest", "return unix.Chroot(dir)")
	changes, err := tree.Changed(t.Context())
	if err != nil || len(changes) != 1 || changes[0].Address != pivot {
		t.Errorf("got %+v, %v, want the learner's declaration alone", changes, err)
	}
}
