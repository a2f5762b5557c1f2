package verify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"drydock/labs"
	"drydock/lessons/decl"
)

// Answers and mutations of a lab differ in the functions that it cuts, and to compile and
// link the engine for each is most of what its proofs cost. So all of them are compiled
// into one program, side by side:
//
//	func reap(command int) (int, error) {
//		switch string(variantOfReap[:]) {
//		case "this variant: 1":
//			return reapVariant1(command)
//		…
//		}
//		(as the reference has it)
//	}
//
// and each proof gets a copy of the program in which that variable holds another text.

// chosen is what the variable holds before one is chosen; each lab's programs hold it
// once. Those that a variant is chosen by are as long.
const chosen = "this variant: none of them"

// variants are what the proofs of one lab put in the place of the functions it cuts.
type variants struct {
	lab  labs.Lab
	in   []decl.Address
	file string
	src  []byte // the file, as the reference has it
	of   []sources

	built func() (labs.Built, error) // nothing is chosen in it yet
}

// newVariants is nil for a lab whose declarations stand in several files.
func (v *verifier) newVariants(ctx context.Context, l labs.Lab) (*variants, error) {
	all := &variants{lab: l}
	for _, text := range l.Cut {
		a, file, src, err := v.find(text)
		if err != nil {
			return nil, err
		}
		if all.file != "" && all.file != file {
			return nil, nil
		}
		all.in, all.file, all.src = append(all.in, a), file, src
	}
	all.built = sync.OnceValues(func() (labs.Built, error) {
		joint, err := all.joint()
		if err != nil {
			return labs.Built{}, err
		}
		return v.build(ctx, sources{all.file: joint}, l)
	})
	return all, nil
}

// add takes in what a proof needs.
func (all *variants) add(changed sources) {
	if all != nil {
		all.of = append(all.of, changed)
	}
}

// name is the text that chooses a variant.
func (all *variants) name(n int) string {
	return fmt.Sprintf("%-*s", len(chosen), fmt.Sprintf("this variant: %d", n))
}

// joint is the file with every variant of each function beside it.
func (all *variants) joint() ([]byte, error) {
	variable := "variantOf" + strings.NewReplacer(".", "", "(", "", "*", "", ")", "").Replace(all.in[0].Name)
	src := all.src
	for _, in := range all.in {
		var err error
		if src, err = all.beside(src, in, variable); err != nil {
			return nil, err
		}
	}
	var held strings.Builder
	for _, b := range []byte(chosen) {
		fmt.Fprintf(&held, "%d, ", b)
	}
	return decl.Add(src, variable, fmt.Sprintf("var %s = [%d]byte{%s}", variable, len(chosen), held.String()))
}

// beside adds the variants of one function to the file, and has it hand over to the one
// that the variable names.
func (all *variants) beside(src []byte, in decl.Address, variable string) ([]byte, error) {
	own, err := decl.Get(all.src, in.Name)
	if err != nil {
		return nil, err
	}
	one, err := parseFunction(own.Text)
	if err != nil {
		return nil, err
	}
	var cases strings.Builder
	for n, changed := range all.of {
		piece, err := decl.Get(changed[all.file], in.Name)
		if err != nil {
			return nil, err
		}
		other, err := parseFunction(piece.Text)
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%sVariant%d", one.name, n)
		address := strings.TrimSuffix(in.Name, one.name) + name
		if src, err = decl.Add(src, address, other.renamed(name), piece.Imports...); err != nil {
			return nil, err
		}
		fmt.Fprintf(&cases, "case %q:\n%s\n", all.name(n), one.call(name))
	}
	text := own.Text[:one.body+1] + "\nswitch string(" + variable + "[:]) {\n" + cases.String() + "}\n" + own.Text[one.body+1:]
	return decl.Put(src, in.Name, text, own.Imports...)
}

// function is the text of one, and where in it what stands.
type function struct {
	text, name string
	at, body   int // of its name, of the brace that opens its body
	ast        *ast.FuncDecl
}

func parseFunction(text string) (function, error) {
	const clause = "package p\n"
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, "", clause+text, parser.SkipObjectResolution)
	if err != nil {
		return function{}, err
	}
	fn, ok := file.Decls[0].(*ast.FuncDecl)
	if !ok || fn.Body == nil {
		return function{}, fmt.Errorf("no function: %s", text)
	}
	offset := func(p token.Pos) int { return set.Position(p).Offset - len(clause) }
	return function{text, fn.Name.Name, offset(fn.Name.Pos()), offset(fn.Body.Lbrace), fn}, nil
}

func (f function) renamed(name string) string {
	return f.text[:f.at] + name + f.text[f.at+len(f.name):]
}

// call hands all that the function was given on to another.
func (f function) call(name string) string {
	if f.ast.Recv != nil {
		name = f.ast.Recv.List[0].Names[0].Name + "." + name
	}
	var args []string
	for _, field := range f.ast.Type.Params.List {
		for _, param := range field.Names {
			arg := param.Name
			if _, variadic := field.Type.(*ast.Ellipsis); variadic {
				arg += "..."
			}
			args = append(args, arg)
		}
	}
	call := name + "(" + strings.Join(args, ", ") + ")"
	if f.ast.Type.Results == nil {
		return call + "\nreturn"
	}
	return "return " + call
}

// buildVariant is build for what a lab's proofs put in the place of its functions.
// Where they cannot be compiled side by side, each is by itself: then the one that
// keeps them from it says why.
func (v *verifier) buildVariant(ctx context.Context, all *variants, changed sources, l labs.Lab) (labs.Built, error) {
	n := -1
	if all != nil {
		n = slices.IndexFunc(all.of, func(s sources) bool { return bytes.Equal(s[all.file], changed[all.file]) })
	}
	if n < 0 {
		return v.build(ctx, changed, l)
	}
	joint, err := all.built()
	if err != nil {
		return v.build(ctx, changed, l)
	}
	built, err := v.next(l.Tests)
	if err != nil {
		return built, err
	}
	for i, program := range append([]string{joint.Engine}, joint.Tests...) {
		target := append([]string{built.Engine}, built.Tests...)[i]
		if err := choose(program, target, all.name(n)); err != nil {
			return built, err
		}
	}
	return built, nil
}

// choose copies a program and chooses a variant in the copy. A program that is not
// there was not needed.
func choose(program, target, name string) error {
	text, err := os.ReadFile(program)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	at := bytes.Index(text, []byte(chosen))
	if at < 0 || bytes.Contains(text[at+1:], []byte(chosen)) {
		return fmt.Errorf("choosing a variant in %s: its variable is not there, or not once", filepath.Base(program))
	}
	copy(text[at:], name)
	return os.WriteFile(target, text, 0o755)
}
