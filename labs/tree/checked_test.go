package tree

import (
	"errors"
	"fmt"
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

func TestAnInitOfTheLearnersDoesNotRun(t *testing.T) {
	const early = "\nfunc init() { os.Stdout.WriteString(\"--- PASS: TestPivot\"); os.Exit(0) }\n"
	tree := beginBoth(t)
	write(t, tree, root, strings.Replace(read(t, tree, root), "import (", "import (\n\t\"os\"", 1)+early)
	if _, tests, err := runs(t, tree); err != nil || strings.Contains(tests, "PASS: TestPivot") {
		t.Errorf("in the lab's file: got %v and\n%s", err, tests)
	}
	const own = "mini-docker/root/mine.go"
	write(t, tree, own, "package root\n\nimport \"os\"\n"+early)
	_, err := tree.Checked(t.Context(), "mounts/pivot", nil)
	var failed *BuildError
	if !errors.As(err, &failed) || !strings.HasPrefix(err.Error(), own+":5: ") || !strings.Contains(err.Error(), "init") {
		t.Errorf("in a file of their own: got %v, want that its init is refused", err)
	}
}

func TestAValueThatTheLearnersCodeComputesDoesNotRun(t *testing.T) {
	const own = "mini-docker/root/mine.go"
	const more = `

type number int

func (number) cheat() int { os.Exit(0); return 0 }

func (number) is(int) bool { os.Exit(0); return true }

func (number) String() string { os.Exit(0); return "" }

func cheat() int { os.Exit(0); return 0 }

func gen[T any](T) int { os.Exit(0); return 0 }

func shift(r rune) rune { os.Exit(0); return r }

const width = 3

const told number = 3

const further = told + 1

var pattern = "^" + rule

var rule = strings.Repeat("-", width)

var errBase = errors.New("base")

var later = cheat

var table = []func(a, b int) int{func(a, b int) int { os.Exit(0); return 0 }}
`
	// Two trees for all values: what costs is to make one.
	inOwn, inLabs := beginBoth(t), beginBoth(t)
	starter := strings.Replace(read(t, inLabs, root), "import (", "import (\n\t\"os\"\n\t\"regexp\"\n\t\"slices\"\n\t\"strings\"", 1)
	for value, refused := range map[string]bool{
		"func() int { os.Exit(0); return 0 }()": true,
		"cheat()":                               true,
		"[]int{1, cheat()}":                     true,
		"slices.IndexFunc([]int{1}, func(int) bool { os.Exit(0); return true })": true,
		"number(1).cheat()":                        true,
		"slices.IndexFunc([]int{1}, number(1).is)": true,
		"gen[int](1)":                              true,
		"later()":                                  true,
		"slices.MaxFunc([]int{1, 2}, table[0])":    true,
		"fmt.Sprint(number(1))":                    true,
		"Pivot(\"\") == nil":                       true,
		"map[string]func() int{\"later\": cheat}":  false,
		"len(table)":                               false,
		"float64(number(1))":                       false,
		"func() int { return cheat() }":            false,
		"errors.New(\"mine\")":                     false,
		"strings.Repeat(\"-\", width)":             false,
		"fmt.Errorf(\"more: %w\", errBase)":        false,
		"regexp.MustCompile(pattern)":              false,
		"[]string{pattern, rule}":                  false,
		"strings.Map(shift, pattern)":              true,
		"fmt.Sprint(told)":                         true,
		"fmt.Sprint(further)":                      true,
		"number(1)":                                false,
	} {
		write(t, inOwn, own, "package root\n\nimport (\n\t\"errors\"\n\t\"fmt\"\n\t\"os\"\n\t\"regexp\"\n\t\"slices\"\n\t\"strings\"\n)\n\nvar mine = "+value+more)
		err := looked(t, inOwn)
		if got := err != nil && strings.HasPrefix(err.Error(), own+":12: "); got != refused {
			t.Errorf("var mine = %s: got %v, want refused: %v", value, err, refused)
		}
		// The same in the file that the lab is about.
		write(t, inLabs, root, starter+"\nvar mine = "+value+more)
		err = looked(t, inLabs)
		if got := err != nil && strings.Contains(err.Error(), "runs before every test"); got != refused {
			t.Errorf("var mine = %s in the lab's file: got %v, want refused: %v", value, err, refused)
		}
	}
}

// looked returns why a check of the lab about Pivot is not made, if it is not.
func looked(t *testing.T, tree *Tree) error {
	t.Helper()
	c, err := tree.Checked(t.Context(), "mounts/pivot", nil)
	if err != nil {
		return err
	}
	return c.Close()
}

func TestWhatEndsTheProgramIsRefused(t *testing.T) {
	tree := beginBoth(t)
	for call, refused := range map[string]string{
		"unix.Exit(0)": "Exit ends the program",
		"unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0)":     "SYS_EXIT_GROUP ends the program",
		"unix.Syscall(231, 0, 0, 0)":                        "by their name alone",
		"n := uintptr(231); unix.RawSyscall(n, 0, 0, 0)":    "by their name alone",
		"f := unix.RawSyscall; f(unix.SYS_GETPID, 0, 0, 0)": "called where it stands",
		"unix.Exec(\"/bin/true\", nil, nil)":                "Exec ends the program",
		"unix.RawSyscall(unix.SYS_GETPID, 0, 0, 0)":         "",
		"unix.Chdir(newRoot)":                               "",
	} {
		text := "package root\n\nimport \"golang.org/x/sys/unix\"\n\nfunc mine(newRoot string) {\n\t" + call + "\n}\n"
		write(t, tree, "mini-docker/root/mine.go", text)
		err := looked(t, tree)
		if got := fmt.Sprint(err); refused == "" && err != nil || !strings.Contains(got, refused) {
			t.Errorf("%s: got %v, want %q", call, err, refused)
		}
	}
	write(t, tree, "mini-docker/root/mine.go", "package root\n\nimport _ \"unsafe\"\n\n//go:linkname leave syscall.Exit\nfunc leave(int)\n")
	if err := looked(t, tree); err == nil || !strings.Contains(err.Error(), "linkname") {
		t.Errorf("a linkname: got %v", err)
	}
}

// In the function that a lab has them write, too.
func TestWhatEndsTheProgramIsRefusedInTheLabsOwnFunction(t *testing.T) {
	tree := beginBoth(t)
	text := read(t, tree, root)
	at := strings.Index(text, "func Pivot(")
	body := at + strings.Index(text[at:], "{\n") + 2
	text = text[:body] + "\tsyscall.Exit(0)\n" + text[body:]
	write(t, tree, root, strings.Replace(text, "import (", "import (\n\t\"syscall\"", 1))
	_, err := tree.Checked(t.Context(), "mounts/pivot", nil)
	if err == nil || !strings.Contains(err.Error(), "Exit ends the program") {
		t.Errorf("got %v, want that its exit is refused", err)
	}
}
