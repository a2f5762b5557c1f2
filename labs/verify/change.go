package verify

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"strings"

	"drydock/labs"
	"drydock/lessons/decl"
	"drydock/lessons/decl/typecheck"
)

// cut returns the files of the untouched starter.
func (v *verifier) cut(l labs.Lab) (sources, error) {
	return v.change(l, func(src []byte, a decl.Address) ([]byte, error) {
		out, _, err := decl.Cut(src, a.Name, l.Todo)
		return out, err
	})
}

// put returns the files with the declarations of an answer in the place of the
// reference's. The answer is a Go file without a package clause.
func (v *verifier) put(l labs.Lab, answer string) (sources, error) {
	whole := []byte("package answer\n\n" + answer)
	return v.change(l, func(src []byte, a decl.Address) ([]byte, error) {
		piece, err := decl.Get(whole, a.Name)
		var missing *decl.NotFoundError
		if errors.As(err, &missing) {
			return src, nil // the answer leaves it as it is
		}
		if err != nil {
			return nil, err
		}
		return decl.Put(src, a.Name, piece.Text, piece.Imports...)
	})
}

// change applies a change to each declaration that a lab cuts.
func (v *verifier) change(l labs.Lab, to func([]byte, decl.Address) ([]byte, error)) (sources, error) {
	changed := sources{}
	for _, text := range l.Cut {
		a, file, src, err := v.find(text)
		if err != nil {
			return nil, err
		}
		if already, ok := changed[file]; ok {
			src = already
		}
		if changed[file], err = to(src, a); err != nil {
			return nil, err
		}
	}
	return changed, nil
}

// find returns the file that holds a declaration.
func (v *verifier) find(address string) (decl.Address, string, []byte, error) {
	a, err := decl.ParseAddress(address)
	if err != nil {
		return a, "", nil, err
	}
	d, err := decl.Find(v.module, a)
	if err != nil {
		return a, "", nil, err
	}
	src, err := fs.ReadFile(v.module, d.File)
	return a, d.File, src, err
}

// mutants are the proofs that each statement of the cut code counts. Those that
// run only when something else has gone wrong are left out: no check can reach
// them without provoking the fault.
func (v *verifier) mutants(l labs.Lab, beside *variants) ([]task, error) {
	var all []task
	for _, text := range l.Cut {
		a, file, src, err := v.find(text)
		if err != nil {
			return nil, err
		}
		if src, err = format.Source(src); err != nil {
			return nil, err
		}
		mutations, err := decl.Mutations(src, a.Name, typecheck.File)
		if err != nil {
			return nil, err
		}
		for _, m := range mutations {
			if m.Src == nil || m.Refused != "" || m.OnError || bytes.Equal(m.Src, src) {
				continue
			}
			first, _, _ := strings.Cut(strings.TrimSpace(m.Text), "\n")
			what := fmt.Sprintf("without line %d of %s it fails: %s", m.Line, file, first)
			all = append(all, v.engineTask(l, beside, what, sources{file: m.Src}, mustFail("")))
		}
	}
	return all, nil
}
