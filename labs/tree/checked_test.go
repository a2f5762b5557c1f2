package tree

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"drydock/lessons/decl"
)

const other = "mini-docker/root.Other"

// beginBoth begins two labs in one tree: the one about Pivot and one about Other.
func beginBoth(t *testing.T) *Tree {
	t.Helper()
	tree := begin(t, config(t, tested(t)))
	if _, err := tree.Cut(t.Context(), "mounts/other", []string{other}, "write the other"); err != nil {
		t.Fatal(err)
	}
	return tree
}

// tested is the reference with a test of Pivot.
func tested(t *testing.T) fstest.MapFS {
	t.Helper()
	fsys := reference(t)
	fsys["mini-docker/root/root_test.go"] = &fstest.MapFile{Data: []byte("package root\n\n" +
		"import \"testing\"\n\nfunc TestPivot(t *testing.T) {\n\tif Pivot(\"\") == nil {\n\t\tt.Error(\"not so\")\n\t}\n}\n")}
	return fsys
}

// runs builds what a check of the lab about Pivot builds, and returns what the
// program and the test program print.
func runs(t *testing.T, tree *Tree, passed ...string) (program, tests string, err error) {
	t.Helper()
	c, err := tree.Checked(t.Context(), "mounts/pivot", passed)
	if err != nil {
		return "", "", err
	}
	defer c.Close()
	dir := t.TempDir()
	engine, test := filepath.Join(dir, "engine"), filepath.Join(dir, "root.test")
	if err := errors.Join(c.Build(t.Context(), "./cmd/mini-docker", engine), c.BuildTest(t.Context(), "./mini-docker/root", test)); err != nil {
		return "", "", err
	}
	one, _ := exec.Command(engine).CombinedOutput()
	two, _ := exec.Command(test, "-test.v").CombinedOutput()
	return string(one), string(two), nil
}

func TestALabThatWasNotBegunCannotBeChecked(t *testing.T) {
	tree, _ := open(t, config(t, reference(t)))
	_, err := tree.Checked(t.Context(), "mounts/pivot", nil)
	var unknown *UnknownLabError
	if !errors.As(err, &unknown) {
		t.Fatalf("got %v, want that the lab was not begun", err)
	}
	mustContain(t, "error", err.Error(), "drydock start mounts")
	if left, _ := filepath.Glob(filepath.Join(tree.c.Work, ".partial-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAnotherLabsStarterDoesNotFailACheck(t *testing.T) {
	tree := beginBoth(t)
	answer(t, tree, "return errNone")
	program, tests, err := runs(t, tree)
	if err != nil || program != "no root <nil>\n" {
		t.Errorf("the program: got %q, %v, want Pivot's as the learner wrote it and Other's as the reference has it", program, err)
	}
	mustContain(t, "the tests", tests, "--- PASS: TestPivot")
	// The text of a lab that was passed is the learner's, as long as it is there.
	if program, _, err := runs(t, tree, "mounts/other"); err != nil || !strings.Contains(program, "panic: write the other") {
		t.Errorf("with the other lab passed: got %q, %v, want its text in the tree", program, err)
	}
}

func TestTheTestsAreTheReferences(t *testing.T) {
	tree := beginBoth(t)
	answer(t, tree, "return nil")
	write(t, tree, "mini-docker/root/root_test.go", "package root\n\nimport \"testing\"\n\nfunc TestPivot(t *testing.T) {}\n")
	write(t, tree, "mini-docker/root/mine_test.go", "package root\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc init() { fmt.Println(\"--- PASS: TestPivot\"); os.Exit(0) }\n")
	if _, tests, err := runs(t, tree); err != nil || !strings.Contains(tests, "--- FAIL: TestPivot") {
		t.Errorf("got %q, %v, want the reference's test to fail", tests, err)
	}
}

// What the learner built in the tree before is of an earlier text.
func TestAProgramThatWasBuiltInTheTreeIsNotBuiltIn(t *testing.T) {
	tree := beginBoth(t)
	answer(t, tree, "return carried()")
	if err := os.MkdirAll(filepath.Dir(tree.path(BuiltInit)), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, tree, BuiltInit, "built before")
	write(t, tree, "mini-docker/shim/program/embedded/README", "nothing is built\n")
	write(t, tree, "mini-docker/shim/program/program.go", `package program

import "embed"

//go:embed embedded
var FS embed.FS
`)
	write(t, tree, "mini-docker/root/mine.go", `package root

import (
	"fmt"

	"drydock/mini-docker/shim/program"
)

func carried() error {
	list, _ := program.FS.ReadDir("embedded")
	return fmt.Errorf("%d %s", len(list), list[0].Name())
}
`)
	if program, _, err := runs(t, tree); err != nil || !strings.HasPrefix(program, "1 README") {
		t.Errorf("got %q, %v, want the init left out", program, err)
	}
}

func TestWhatTheLearnerAddedCounts(t *testing.T) {
	tree := beginBoth(t)
	answer(t, tree, "return mine(dir)")
	write(t, tree, "mini-docker/root/mine.go", "package root\n\nfunc mine(string) error { return errMine }\n")
	write(t, tree, root, read(t, tree, root)+"\nvar errMine = errors.New(\"mine\")\n")
	if program, _, err := runs(t, tree); err != nil || program != "mine <nil>\n" {
		t.Errorf("got %q, %v, want what they added", program, err)
	}
}

func TestOnlyLinesOfWhatTheyWroteAreTheLearners(t *testing.T) {
	tree := beginBoth(t)
	answer(t, tree, "return undefinedName")
	_, _, err := runs(t, tree)
	var failed *BuildError
	if !errors.As(err, &failed) || len(failed.Lines) == 0 {
		t.Fatalf("got %v, want a BuildError", err)
	}
	line := strings.Split(read(t, tree, root), "\n")[failed.Lines[0].Row-1]
	if failed.Lines[0].File != root || !strings.Contains(line, "undefinedName") {
		t.Errorf("got %v, which is %q, want the line of the tree with the name", failed.Lines[0], line)
	}
	answer(t, tree, "return errNone")
	t.Setenv("TMPDIR", "/nonexistent")
	t.Setenv("GOTMPDIR", "/nonexistent")
	if _, err := tree.Checked(t.Context(), "mounts/pivot", nil); err != nil {
		t.Fatal(err)
	}
	c, err := tree.Checked(t.Context(), "mounts/pivot", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Build(t.Context(), "./cmd/mini-docker", filepath.Join(tree.c.Work, "out")); err == nil || errors.As(err, &failed) && len(failed.Lines) == 0 || strings.Contains(err.Error(), root) {
		t.Errorf("without a place for temporary files: got %v, want that it is not for what they wrote", err)
	}
}

func TestADeclarationThatWasRenamedIsNamed(t *testing.T) {
	tree := beginBoth(t)
	answer(t, tree, "return errNone")
	write(t, tree, root, strings.Replace(read(t, tree, root), "func Pivot(", "func Turn(", 1))
	_, _, err := runs(t, tree)
	var gone *GoneError
	if !errors.As(err, &gone) || gone.Address != pivot {
		t.Errorf("got %v, want that %s is gone", err, pivot)
	}
}

func TestAFileOfAnotherLabThatDoesNotParseIsNotThisOnes(t *testing.T) {
	fsys := tested(t)
	fsys["mini-docker/root/other.go"] = &fstest.MapFile{Data: []byte("package root\n\n// Away is far.\nfunc Away() error { return nil }\n")}
	tree := begin(t, config(t, fsys))
	answer(t, tree, "return errNone")
	write(t, tree, "mini-docker/root/other.go", "package root\n\nfunc Away( {")
	if program, _, err := runs(t, tree); err != nil || program != "no root <nil>\n" {
		t.Errorf("got %q, %v, want the other file as the reference has it", program, err)
	}
	write(t, tree, root, "package root\n\nfunc Pivot( {")
	var syntax *decl.SyntaxError
	if _, _, err := runs(t, tree); !errors.As(err, &syntax) || syntax.File != root {
		t.Errorf("got %v, want the syntax error of the lab's own file", err)
	}
}

func TestTheReferencesTextIsKnown(t *testing.T) {
	tree := beginBoth(t)
	for _, want := range []bool{false, true} {
		c, err := tree.Checked(t.Context(), "mounts/pivot", nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.Same != want {
			t.Errorf("got %v, want %v", c.Same, want)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := tree.Solution(t.Context(), "mounts/pivot"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(tree.c.Work); err != nil {
		t.Error(err)
	}
}
