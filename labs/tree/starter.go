package tree

import (
	"errors"
	"io/fs"
	"slices"

	"drydock/lessons/decl"
)

// reference finds a declaration in the reference.
func (t *Tree) reference(address string) (decl.Decl, error) {
	a, err := decl.ParseAddress(address)
	if err != nil {
		return decl.Decl{}, err
	}
	return decl.Find(t.c.Reference, a)
}

func (t *Tree) referenceFile(name string) ([]byte, error) { return fs.ReadFile(t.c.Reference, name) }

// homes returns the files that hold a lab's declarations.
func (t *Tree) homes(l lab) ([]string, error) {
	var files []string
	for _, address := range l.Addresses {
		ref, err := t.reference(address)
		if err != nil {
			return nil, err
		}
		file, _, err := t.locate(ref.Address, ref.File)
		if err != nil {
			file = ref.File // where it should be; Save says what is wrong
		}
		if !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files, nil
}

// cut makes the starter of a declaration in src and notes its text.
func (l lab) cut(src []byte, ref decl.Decl) ([]byte, error) {
	out, err := starter(src, ref.Address, ref.Piece, l.Todo)
	if err != nil {
		return nil, err
	}
	stub, err := decl.Get(out, ref.Address.Name)
	l.Starters[ref.Address.String()] = stub.Text
	return out, err
}

// starter puts the reference's version in and cuts it, whatever the learner
// made of doc comment and signature.
func starter(src []byte, a decl.Address, ref decl.Piece, todo string) ([]byte, error) {
	out, err := whole(src, a, ref)
	if err != nil {
		return nil, err
	}
	out, _, err = decl.Cut(out, a.Name, todo)
	return out, err
}

// whole puts the reference's version of a declaration into src, also when src
// has none.
func whole(src []byte, a decl.Address, ref decl.Piece) ([]byte, error) {
	out, err := decl.Put(src, a.Name, ref.Text, ref.Imports...)
	var missing *decl.NotFoundError
	if errors.As(err, &missing) {
		return decl.Add(src, a.Name, ref.Text, ref.Imports...)
	}
	return out, err
}

// faults returns those of joined errors that are about the learner's files.
func faults(err error) []error {
	var found []error
	var syntax *decl.SyntaxError
	var gone *GoneError
	switch joined, ok := err.(interface{ Unwrap() []error }); {
	case ok:
		for _, each := range joined.Unwrap() {
			found = append(found, faults(each)...)
		}
	case errors.As(err, &syntax), errors.As(err, &gone):
		found = append(found, err)
	}
	return found
}
