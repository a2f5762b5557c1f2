package decl

import (
	"errors"
	"flag"
	"fmt"
	"go/scanner"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"drydock/lessons/decl/typecheck"
)

var update = flag.Bool("update", false, "write what came out into testdata")

// Each archive holds in.go, other files that commands name, and one file for
// each command, named as the command is, with what must come out of it:
//
//	get NAME         text and imports
//	cut NAME TODO    the file; "\n" in TODO is a line break
//	put NAME FILE    puts FILE's declaration of NAME into in.go
//	mutate NAME      each mutation's lines that differ
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, file := range archive.Files {
				if !strings.Contains(file.Name, " ") {
					continue
				}
				got := run(archive, strings.Fields(file.Name))
				if *update {
					archive.Files[i].Data = []byte(got)
				} else if got != string(file.Data) {
					t.Errorf("%s: got\n%s\nwant\n%s", file.Name, got, file.Data)
				}
			}
			if *update {
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// run does one command and returns what came out, errors too.
func run(archive *txtar.Archive, command []string) string {
	in, name := content(archive, "in.go"), command[1]
	rest := strings.Join(command[2:], " ")
	var out []byte
	var err error
	switch command[0] {
	case "get":
		var piece Piece
		piece, err = Get(in, name)
		out = fmt.Appendf(nil, "%s\n", piece.Text)
		for _, i := range piece.Imports {
			out = fmt.Appendf(out, "import %s\n", i)
		}
	case "cut":
		var pruned []string
		out, pruned, err = Cut(in, name, strings.ReplaceAll(rest, `\n`, "\n"))
		if err == nil {
			out = fmt.Appendf(nil, "// pruned %q\n%s", pruned, out)
		}
	case "put":
		var piece Piece
		if piece, err = Get(content(archive, rest), name); err == nil {
			out, err = Put(in, name, piece.Text, piece.Imports...)
		}
	case "mutate":
		out, err = mutate(in, name)
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return string(out)
}

func content(archive *txtar.Archive, name string) []byte {
	for _, f := range archive.Files {
		if f.Name == name {
			return f.Data
		}
	}
	return nil
}

// mutate prints the mutations of a function: of each file only the lines that
// the original does not have.
func mutate(in []byte, name string) ([]byte, error) {
	mutations, err := Mutations(in, name, typecheck.File)
	var out []byte
	for _, m := range mutations {
		out = fmt.Appendf(out, "%d: %s\n", m.Line, strings.ReplaceAll(m.Text, "\n", "\n   "))
		if m.OnError {
			out = append(out, "   on error only\n"...)
		}
		if m.Refused != "" {
			out = fmt.Appendf(out, "   refused: %s\n", m.Refused)
		}
		original := strings.Split(string(in), "\n")
		for line := range strings.SplitSeq(string(m.Src), "\n") {
			if !slices.Contains(original, line) {
				out = fmt.Appendf(out, "   + %s\n", strings.TrimSpace(line))
			}
		}
	}
	return out, err
}

// A learner's file that does not parse must be reported with the lines of the
// file as it is, not as gofmt would have it.
func TestSyntaxErrorsNameTheLineOfTheFile(t *testing.T) {
	src := "package p\n\n\n\n\nfunc   f( {\n}\n"
	_, err := Parse("mini-docker/p/p.go", []byte(src))
	var list scanner.ErrorList
	if !errors.As(err, &list) || list[0].Pos.Line != 6 {
		t.Fatalf("got %v, want an error list that starts on line 6", err)
	}
	if !strings.HasPrefix(err.Error(), "mini-docker/p/p.go:6:") {
		t.Errorf("got %q, want it to start with the file and line", err)
	}
}

func TestPutRefusesAnotherDeclaration(t *testing.T) {
	src := []byte("package p\n\nfunc f() {}\n\nfunc g() {}\n")
	for text, want := range map[string]string{
		"func g() {}":              "declares g",
		"func f() {}\nfunc h() {}": "2 declarations",
		"func f() {":               "reading the new text",
		"":                         "0 declarations",
	} {
		if _, err := Put(src, "f", text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Put(%q): got %v, want an error with %q", text, err, want)
		}
	}
}

func TestPutRefusesANameThatStandsForAnotherPackage(t *testing.T) {
	src := []byte("package p\n\nimport \"math/rand\"\n\nvar x = rand.Int()\n\nfunc f() {}\n")
	_, err := Put(src, "f", "func f() { rand.Read(nil) }", Import{Path: "crypto/rand"})
	if err == nil || !strings.Contains(err.Error(), "rand stands for math/rand") {
		t.Errorf("got %v, want an error that says what rand stands for", err)
	}
}

func TestAddThenRemoveLeavesTheFileAsItWas(t *testing.T) {
	src := "package p\n\nimport \"os\"\n\nvar x = os.Args\n"
	text := "// f prints.\nfunc f() { fmt.Println(x) }"
	more, err := Add([]byte(src), "f", text, Import{Path: "fmt"}, Import{Path: "errors"})
	if err != nil {
		t.Fatal(err)
	}
	want := "package p\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nvar x = os.Args\n\n" + text + "\n"
	if string(more) != want {
		t.Errorf("after Add: got\n%s\nwant\n%s", more, want)
	}
	if _, err := Add(more, "f", text); err == nil {
		t.Error("adding f a second time: got no error")
	}
	less, err := Remove(more, "f")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Replace(string(less), "import (\n\t\"os\"\n)", "import \"os\"", 1); got != src {
		t.Errorf("after Remove: got\n%s\nwant\n%s", got, src)
	}
}
