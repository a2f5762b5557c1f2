package verify

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"drydock/labs"
	"drydock/lessons/decl"
)

const jointProgram = `package main

import "fmt"

type greeting struct{ of string }

func main() {
	(&greeting{"hello"}).print("a", "b")
}

// print has a receiver, parameters of both kinds, and no result.
func (g *greeting) print(first string, others ...string) {
	fmt.Println("reference", g.of, first, others, count(others))
}

func count(of []string) int { return len(of) }
`

// Each copy of the joint program does as one variant, and as no other.
func TestAVariantIsChosenInACopyOfTheJointProgram(t *testing.T) {
	dir := t.TempDir()
	other := func(what, imports string) sources {
		text := strings.Replace(jointProgram, `fmt.Println("reference"`, what, 1)
		return sources{"main.go": []byte(strings.Replace(text, `import "fmt"`, imports, 1))}
	}
	all := &variants{
		lab: labs.Lab{ID: "some/lab"}, in: []decl.Address{{Name: "(*greeting).print"}, {Name: "count"}}, file: "main.go", src: []byte(jointProgram),
		of: []sources{
			other(`fmt.Println("first"`, `import "fmt"`),
			other(`fmt.Fprintln(os.Stdout, "second"`, "import (\n\t\"fmt\"\n\t\"os\"\n)"),
			{"main.go": []byte(strings.Replace(jointProgram, "len(of)", "-len(of)", 1))},
		},
	}
	src, err := all.joint()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"go.mod": []byte("module joint\n\ngo 1.26\n"), "main.go": src} {
		if err := write(filepath.Join(dir, name), text); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-o", "joint", ".")
	build.Dir = dir
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, text, src)
	}
	joint := filepath.Join(dir, "joint")
	for n, want := range []string{"first hello a [b] 1\n", "second hello a [b] 1\n", "reference hello a [b] -1\n", "reference hello a [b] 1\n"} {
		program := joint
		if n < len(all.of) {
			program = filepath.Join(dir, all.name(n))
			if err := choose(joint, program, all.name(n)); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := exec.Command(program).CombinedOutput(); err != nil || string(got) != want {
			t.Errorf("variant %d prints %q, %v, want %q", n, got, err, want)
		}
	}
}

// Otherwise the reference would be tried in the place of an answer, and pass.
func TestAProgramWithoutTheVariableIsNoVariant(t *testing.T) {
	program := filepath.Join(t.TempDir(), "program")
	for _, text := range []string{"none", chosen + " " + chosen} {
		if err := os.WriteFile(program, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := choose(program, program+".copy", "x"); err == nil {
			t.Errorf("%q: it is taken", text)
		}
	}
}
