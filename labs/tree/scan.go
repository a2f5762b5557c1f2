package tree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"drydock/lessons/decl"
)

// maxFile is the size from which a file of the learner's own is not stored:
// it is a program they built or a core, not something they wrote.
const maxFile = 1 << 20

// scan takes into the record what the tree holds now. Faults in the learner's
// files are returned, all of them joined, after everything else was taken in:
// what cannot be read as Go is stored as the text it is, and the declarations
// saved from it before stay saved.
func (t *Tree) scan(r *record) error {
	base, err := t.base(r)
	if err != nil {
		return err
	}
	names, err := list(t.c.Dir)
	if err != nil {
		return err
	}
	before := r.Pieces
	s := scanner{Tree: t, record: r, base: base, before: map[string][]piece{}}
	for _, p := range before {
		s.before[p.File] = append(s.before[p.File], p)
	}
	stored := r.Files
	r.Pieces, r.Files = nil, map[string]string{}
	for _, name := range names {
		if err := s.file(name); err != nil {
			r.Pieces, r.Files = before, stored
			return err
		}
	}
	s.missing(names, stored)
	s.gone(before)
	slices.SortStableFunc(r.Pieces, func(a, b piece) int { return strings.Compare(a.File, b.File) })
	return errors.Join(s.faults...)
}

// list returns a tree's files, relative, in order. Hidden folders are the
// editor's and git's, bin is what the learner built.
func list(dir string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.IsDir() && (name == "bin" || name != "." && strings.HasPrefix(e.Name(), ".")):
			return fs.SkipDir
		case e.Type().IsRegular() && name != marker && !strings.HasSuffix(name, ".part"):
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the tree: %w", err)
	}
	return names, nil
}

// scanner compares a tree with the source it was made from.
type scanner struct {
	*Tree
	*record
	base   fs.FS
	before map[string][]piece // by file: what the last scan found
	faults []error
}

// file takes one file in.
func (s *scanner) file(name string) error {
	original, err := fs.ReadFile(s.base, name)
	isOwn := errors.Is(err, fs.ErrNotExist)
	if err != nil && !isOwn {
		return fmt.Errorf("reading the source your tree was made from: %w", err)
	}
	if isOwn {
		if info, err := os.Stat(s.path(name)); err != nil || info.Size() > maxFile {
			return nil
		}
	}
	now, err := os.ReadFile(s.path(name))
	if err != nil {
		return fmt.Errorf("reading your work: %w", err)
	}
	if !isOwn && bytes.Equal(original, now) {
		return nil
	}
	if utf8.Valid(now) {
		s.Files[name] = string(now)
	}
	if !strings.HasSuffix(name, ".go") {
		return nil
	}
	mine, err := decl.Parse(name, now)
	var syntax *decl.SyntaxError
	if errors.As(err, &syntax) {
		s.faults = append(s.faults, syntax)
		s.Pieces = append(s.Pieces, s.before[name]...)
		return nil
	}
	if err != nil || isOwn {
		return err
	}
	theirs, err := decl.Parse(name, original)
	if err != nil {
		return fmt.Errorf("reading the source your tree was made from: %w", err)
	}
	s.compare(name, mine, theirs)
	return nil
}

// compare lists the declarations of one file that differ.
func (s *scanner) compare(file string, mine, theirs []decl.Decl) {
	base := map[string]string{}
	for _, d := range theirs {
		base[d.Address.Name] = d.Text
	}
	for _, d := range mine {
		name := d.Address.Name
		if d.Text != base[name] {
			s.Pieces = append(s.Pieces, piece{File: file, Name: name, Text: d.Text, Imports: d.Imports, Base: base[name]})
		}
		delete(base, name)
	}
	for _, d := range theirs {
		if text, ok := base[d.Address.Name]; ok {
			s.Pieces = append(s.Pieces, piece{File: file, Name: d.Address.Name, Base: text})
		}
	}
}

// missing keeps what was stored of files that are not there: deleting a file
// is not the way to lose one's work, and Open restores it.
func (s *scanner) missing(names []string, stored map[string]string) {
	for name, text := range stored {
		_, err := fs.Stat(s.base, name)
		if isOwn := err != nil; isOwn || slices.Contains(names, name) {
			continue
		}
		s.Files[name] = text
		s.Pieces = append(s.Pieces, s.before[name]...)
	}
}

// gone looks for what labs are about. If a learner's version was saved and is
// nowhere now, it stays saved: it went by accident more likely than not.
func (s *scanner) gone(before []piece) {
	for id, l := range s.Labs {
		for _, address := range l.Addresses {
			a, err := decl.ParseAddress(address)
			if err != nil {
				continue // checked when the lab was begun
			}
			at := slices.IndexFunc(s.Pieces, func(p piece) bool { return p.is(a) && p.Text == "" })
			if at < 0 {
				continue
			}
			if _, _, err := s.locate(a, s.Pieces[at].File); err == nil {
				continue // it has moved to another file
			}
			s.faults = append(s.faults, &GoneError{Address: address, File: s.Pieces[at].File, Lab: id})
			for _, p := range before {
				if p.is(a) && p.Text != "" {
					s.Pieces[at] = p
				}
			}
		}
	}
}

// is reports whether a piece is the declaration at an address.
func (p piece) is(a decl.Address) bool { return p.Name == a.Name && path.Dir(p.File) == a.Dir }

// path is where a file of the tree lies.
func (t *Tree) path(name string) string { return filepath.Join(t.c.Dir, filepath.FromSlash(name)) }

// locate finds a declaration in the tree as it is now: its file and text. It
// is looked for in the file where the reference has it, then in the package's
// others: a learner may move it.
func (t *Tree) locate(a decl.Address, home string) (string, decl.Piece, error) {
	names := []string{home}
	entries, err := os.ReadDir(t.path(a.Dir))
	if err != nil {
		return "", decl.Piece{}, fmt.Errorf("reading the tree: %w", err)
	}
	for _, e := range entries {
		name := path.Join(a.Dir, e.Name())
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name != home {
			names = append(names, name)
		}
	}
	var faults []error
	for _, name := range names {
		src, err := os.ReadFile(t.path(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", decl.Piece{}, fmt.Errorf("reading the tree: %w", err)
		}
		p, err := decl.Get(src, a.Name)
		var missing *decl.NotFoundError
		switch {
		case err == nil:
			return name, p, nil
		case !errors.As(err, &missing):
			faults = append(faults, &decl.SyntaxError{File: name, Err: err})
		}
	}
	if len(faults) > 0 {
		return "", decl.Piece{}, errors.Join(faults...)
	}
	return "", decl.Piece{}, &decl.NotFoundError{Dir: a.Dir, Name: a.Name}
}
