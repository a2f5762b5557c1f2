package tree

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"drydock/lessons/decl"
)

func TestCutLeavesAStarterThatCompiles(t *testing.T) {
	c := config(t, reference(t))
	tree, _ := open(t, c)
	done, err := tree.Cut(t.Context(), "mounts/pivot", []string{pivot, "mini-docker/root.Other"}, "make dir the root\nSee pivot_root(2).")
	if err != nil || done.Resumed || len(done.Kept) > 0 || len(done.Files) != 1 || done.Files[0] != root {
		t.Errorf("got %+v, %v, want a fresh start in %s", done, err, root)
	}
	again, err := tree.Cut(t.Context(), "mounts/pivot", []string{pivot, "mini-docker/root.Other"}, "make dir the root\nSee pivot_root(2).")
	if err != nil || !again.Resumed || !slices.Equal(again.Files, done.Files) {
		t.Errorf("begun again: got %+v, %v, want the file named once, as at first", again, err)
	}
	text := read(t, tree, root)
	mustContain(t, "starter", text, `panic("make dir the root")`, "// See pivot_root(2).", `"golang.org/x/sys/unix"`, `"fmt"`, "errNone")
	if strings.Contains(text, "\n\t\"fmt\"") {
		t.Errorf("an idle import is left:\n%s", text)
	}
	if err := tree.Build(t.Context(), "./cmd/mini-docker", t.TempDir()+"/out"); err != nil {
		t.Error(err)
	}
}

func TestCutKeepsWhatTheLearnerHadAndResumes(t *testing.T) {
	c := config(t, reference(t))
	tree, _ := open(t, c)
	write(t, tree, root, strings.Replace(rootGo, "entering %s", "tinkered %s", 1))
	done, err := tree.Cut(t.Context(), "mounts/pivot", []string{pivot}, "write it")
	if err != nil || len(done.Kept) != 1 {
		t.Fatalf("got %+v, %v, want one version kept", done, err)
	}
	kept, err := os.ReadFile(done.Kept[0])
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, "kept", string(kept), "tinkered", "package root", `import "fmt"`)
	answer(t, tree, "return nil")
	want := read(t, tree, root)
	done, err = tree.Cut(t.Context(), "mounts/pivot", []string{pivot}, "write it")
	if err != nil || !done.Resumed || read(t, tree, root) != want {
		t.Errorf("begun again: got %+v, %v, want it resumed and the file left alone", done, err)
	}
}

func TestResetKeepsEachVersionAndSolutionIsTheReference(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	starter := read(t, tree, root)
	seen := map[string]bool{}
	for _, body := range []string{"return nil", "return errNone"} {
		answer(t, tree, body)
		done, err := tree.Reset(t.Context(), "mounts/pivot")
		if err != nil || len(done.Kept) != 1 || seen[done.Kept[0]] {
			t.Fatalf("got %+v, %v, want a version kept in a file of its own", done, err)
		}
		seen[done.Kept[0]] = true
		if got := read(t, tree, root); got != starter {
			t.Errorf("got\n%s\nwant the starter", got)
		}
	}
	done, err := tree.Solution(t.Context(), "mounts/pivot")
	if err != nil || len(done.Kept) != 0 {
		t.Errorf("solution over the starter: got %+v, %v, want nothing kept", done, err)
	}
	if got := read(t, tree, root); got != rootGo {
		t.Errorf("got\n%s\nwant the reference", got)
	}
	var unknown *UnknownLabError
	if _, err := tree.Reset(t.Context(), "mounts/other"); !errors.As(err, &unknown) {
		t.Errorf("another lab: got %v, want an UnknownLabError", err)
	}
}

func TestResetMendsTheWholeFileAndKeepsWhatWasThere(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	starter := read(t, tree, root)
	answer(t, tree, "return nil")
	// This parses and does not compile.
	edited := strings.Replace(read(t, tree, root), `return unix.Chdir("/")`, `return chdir("/")`, 1)
	write(t, tree, root, edited)
	done, err := tree.Reset(t.Context(), "mounts/pivot")
	if err != nil || len(done.Kept) != 1 {
		t.Fatalf("got %+v, %v, want the file kept", done, err)
	}
	if kept, err := os.ReadFile(done.Kept[0]); err != nil || string(kept) != edited {
		t.Errorf("kept: got %q, %v, want the whole file", kept, err)
	}
	if got := read(t, tree, root); got != starter {
		t.Errorf("got\n%s\nwant the file as the lab began with it", got)
	}
}

func TestResetLeavesWhatAnotherLabHadThemWrite(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	if _, err := tree.Cut(t.Context(), "mounts/other", []string{"mini-docker/root.Other"}, "go up"); err != nil {
		t.Fatal(err)
	}
	answer(t, tree, `return fmt.Errorf("my %s", dir)`)
	write(t, tree, root, strings.Replace(read(t, tree, root), "import (", "import (\n\t\"fmt\"", 1))
	done, err := tree.Reset(t.Context(), "mounts/other")
	if err != nil || len(done.Kept) > 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	mustContain(t, "the file", read(t, tree, root), `fmt.Errorf("my %s", dir)`, `panic("go up")`)
}

func TestSaveReportsAFileThatDoesNotParseAndLosesNothing(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return errNone")
	if err := tree.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	answer(t, tree, "return errNone }}")
	broken := read(t, tree, root)
	err := tree.Save(t.Context())
	var syntax *decl.SyntaxError
	if !errors.As(err, &syntax) || syntax.File != root {
		t.Fatalf("got %v, want a syntax error in %s", err, root)
	}
	r, err := tree.load()
	if err != nil || len(r.Pieces) != 1 || !strings.Contains(r.Pieces[0].Text, "return errNone") {
		t.Errorf("got %+v, %v, want the declaration as last saved", r.Pieces, err)
	}
	if r.Files[root] != broken {
		t.Error("the broken file itself is not stored")
	}
	done, err := tree.Reset(t.Context(), "mounts/pivot")
	if err != nil || len(done.Kept) != 1 {
		t.Fatalf("reset: got %+v, %v, want the file kept", done, err)
	}
	if kept, err := os.ReadFile(done.Kept[0]); err != nil || string(kept) != broken {
		t.Errorf("kept: got %q, %v, want the whole broken file", kept, err)
	}
	mustContain(t, "the file", read(t, tree, root), `panic("make dir the root")`)
}

func TestADeclarationThatIsGoneIsToldAndComesBack(t *testing.T) {
	c := config(t, reference(t))
	tree := begin(t, c)
	answer(t, tree, "return errNone")
	if err := tree.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	text := read(t, tree, root)
	without := text[:strings.Index(text, "// Pivot")] + text[strings.Index(text, "// Other"):]
	write(t, tree, root, without)
	err := tree.Save(t.Context())
	var gone *GoneError
	if !errors.As(err, &gone) {
		t.Fatalf("got %v, want a GoneError", err)
	}
	mustContain(t, "error", err.Error(), pivot, root, "drydock reset")
	if r, err := tree.load(); err != nil || len(r.Pieces) != 1 || r.Pieces[0].Text == "" {
		t.Errorf("got %+v, %v, want the version last saved to stay saved", r.Pieces, err)
	}
	if _, err := tree.Reset(t.Context(), "mounts/pivot"); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "the file", read(t, tree, root), `panic("make dir the root")`)
	// Moved to another file of the package it is not gone.
	write(t, tree, root, without)
	write(t, tree, "mini-docker/root/pivot.go", "package root\n\nfunc Pivot(dir string) error { return nil }\n")
	if err := tree.Save(t.Context()); err != nil {
		t.Errorf("moved: got %v, want no error", err)
	}
}

func TestDiffShowsBothSides(t *testing.T) {
	tree := begin(t, config(t, reference(t)))
	answer(t, tree, "return errNone")
	mine, err := tree.Diff("mounts/pivot", Learner)
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, "the learner's", mine, "--- yours/"+pivot, "+++ reference/"+pivot, "-\treturn errNone", "+\tif dir == \"\" {")
	start, err := tree.Diff("mounts/pivot", Starter)
	if err != nil {
		t.Fatal(err)
	}
	mustContain(t, "the starter's", start, "-\tpanic(\"make dir the root\")", "+\tif dir == \"\" {")
	if _, err := tree.Solution(t.Context(), "mounts/pivot"); err != nil {
		t.Fatal(err)
	}
	if same, err := tree.Diff("mounts/pivot", Learner); err != nil || same != "" {
		t.Errorf("after the solution: got %q, %v, want nothing", same, err)
	}
}

func TestChangedSaysWhatDiffers(t *testing.T) {
	tree := begin(t, config(t, reference(t)))
	write(t, tree, "Makefile", "mine:\n")
	write(t, tree, "own.txt", "mine")
	text := read(t, tree, root)
	write(t, tree, root, text[:strings.Index(text, "// Other")]+"func mine() {}\n")
	all, err := tree.Changed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]ChangeKind{}
	for _, c := range all {
		got[c.File+" "+c.Address] = c.Kind
	}
	for key, want := range map[string]ChangeKind{
		"Makefile ":                      Changed,
		"own.txt ":                       Added,
		root + " " + pivot:               Cut,
		root + " mini-docker/root.mine":  Added,
		root + " mini-docker/root.Other": Removed,
	} {
		if got[key] != want {
			t.Errorf("%s: got %q, want %q", key, got[key], want)
		}
		delete(got, key)
	}
	if len(got) > 0 {
		t.Errorf("also got %v", got)
	}
}

func TestTheHistoryBeginsWithTheStarter(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	tree := begin(t, config(t, reference(t)))
	started := read(t, tree, root)
	git := func(arguments ...string) string {
		t.Helper()
		text, err := exec.Command("git", append([]string{"-C", tree.Dir()}, arguments...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", arguments, err, text)
		}
		return string(text)
	}
	if changed := git("status", "--short", root); changed != "" {
		t.Errorf("the starter counts as a change: %s", changed)
	}
	answer(t, tree, "return errNone")
	if shown := git("diff"); strings.Contains(shown, "entering") || !strings.Contains(shown, "+\treturn errNone") {
		t.Errorf("git diff shows\n%s\nwant the learner's change, and not the reference", shown)
	}
	if shown := git("log", "-p"); strings.Contains(shown, "entering") {
		t.Error("git log shows the reference")
	}
	git("checkout", "--", root)
	if now := read(t, tree, root); now != started {
		t.Errorf("git checkout gives\n%s\nwant the starter", now)
	}
}

func TestWhatWasNotWrittenIsNotSaidToBe(t *testing.T) {
	tree, _ := open(t, config(t, reference(t)))
	written, err := tree.putAll(map[string][]byte{"a.go": []byte("a"), "go.mod/b.go": []byte("b"), "z.go": []byte("z")})
	if err == nil || !slices.Equal(written, []string{"a.go"}) {
		t.Errorf("got %q, %v; want a.go and an error", written, err)
	}
}
