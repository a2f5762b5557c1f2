package tree

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

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
