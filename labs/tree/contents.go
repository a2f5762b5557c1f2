package tree

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"drydock/lessons/decl"
)

// contents returns every file the tree should have: the reference's, with the
// learner's work. The notes say what could not be carried over and where it is
// kept.
func (t *Tree) contents(r *record) (map[string][]byte, []string, error) {
	files := map[string][]byte{}
	err := fs.WalkDir(t.c.Reference, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files[name], err = fs.ReadFile(t.c.Reference, name)
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("reading the source: %w", err)
	}
	if r.Stamp == t.c.Stamp {
		// Of the same source whole files say more than declarations: also
		// what stands between these.
		for name, text := range r.Files {
			files[name] = []byte(text)
		}
		return files, nil, nil
	}
	m := merge{Tree: t, record: r, files: files}
	if err := m.wholeFiles(); err != nil {
		return nil, m.notes, err
	}
	for _, p := range r.Pieces {
		if err := m.piece(p); err != nil {
			return nil, m.notes, err
		}
	}
	m.restart()
	return files, m.notes, nil
}

// merge makes a learner's changes to a newer source.
type merge struct {
	*Tree
	*record
	files map[string][]byte
	notes []string
}

func (m *merge) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// wholeFiles takes over files that the learner made. Of those they changed,
// the ones that are not Go, or not Go any more, can only be kept aside.
func (m *merge) wholeFiles() error {
	base, baseErr := m.base(m.record)
	for _, name := range slices.Sorted(maps.Keys(m.Files)) {
		text := m.Files[name]
		isOwn := baseErr == nil && !exists(base, name)
		if isOwn && m.files[name] == nil {
			m.files[name] = []byte(text)
			continue
		}
		_, err := decl.Parse(name, []byte(text))
		if err == nil && strings.HasSuffix(name, ".go") && !isOwn {
			continue // its declarations are carried over one by one
		}
		aside, err := m.keep(name, []byte(text))
		if err != nil {
			return err
		}
		m.note("%s cannot be carried over as a whole: your version is kept in %s", name, aside)
	}
	return nil
}

// piece makes one change, or keeps it aside and says so.
func (m *merge) piece(p piece) error {
	a := decl.Address{Dir: path.Dir(p.File), Name: p.Name}
	file, now := m.find(p)
	src := m.files[file]
	id, begun, isCut := m.labOf(a)

	var out []byte
	err := errConflict
	switch {
	case p.Text == "" && now.Text == p.Base && now.Text != "":
		out, err = decl.Remove(src, p.Name)
	case p.Text == "", p.Text == now.Text:
		return nil // it is so already, or not worth a word
	case isCut && p.Text == begun.Starters[a.String()] && now.Text != "":
		out, err = starter(src, a, now, begun.Todo)
	case p.Base == "" && now.Text == "" && src != nil:
		out, err = decl.Add(src, p.Name, p.Text, p.Imports...)
	case now.Text != "" && fits(p, now):
		out, err = decl.Put(src, p.Name, p.Text, p.Imports...)
	}
	if err == nil {
		m.files[file] = out
		return nil
	}
	aside, err := m.keepDecl(a, decl.Piece{Text: p.Text, Imports: p.Imports})
	if err != nil {
		return err
	}
	switch {
	case now.Text == "":
		m.note("%s is no longer in the source: yours is kept in %s", a, aside)
	case isCut:
		// The reference's would do the lab for them.
		if out, err = starter(src, a, now, begun.Todo); err != nil {
			return err
		}
		m.files[file] = out
		m.note("%s has changed in the source and is for you to write again (lab %s): yours is kept in %s", a, id, aside)
	default:
		m.note("%s has changed in the source, which you now have: yours is kept in %s", a, aside)
	}
	return nil
}

// restart notes what the starters of labs look like in the new source.
func (m *merge) restart() {
	for _, l := range m.Labs {
		for _, address := range l.Addresses {
			// A declaration that is gone has no starter; its lab is gone too.
			if ref, err := m.reference(address); err == nil {
				_, _ = l.cut(m.files[ref.File], ref)
			}
		}
	}
}

// errConflict stands for a change that no rule makes to the new source.
var errConflict = errors.New("conflict")

// fits reports whether a learner's version can take the place of the one the
// source has now: that one is as it was, or looks the same from outside.
func fits(p piece, now decl.Piece) bool {
	if now.Text == p.Base {
		return true
	}
	was, err1 := decl.Signature(p.Base)
	is, err2 := decl.Signature(now.Text)
	return err1 == nil && err2 == nil && was == is && strings.HasPrefix(is, "func")
}

// find returns where the new source has a declaration: in the file it was in,
// or in another of the package.
func (m *merge) find(p piece) (string, decl.Piece) {
	if now, err := decl.Get(m.files[p.File], p.Name); err == nil {
		return p.File, now
	}
	for name, src := range m.files {
		if path.Dir(name) != path.Dir(p.File) || !strings.HasSuffix(name, ".go") {
			continue
		}
		if now, err := decl.Get(src, p.Name); err == nil {
			return name, now
		}
	}
	return p.File, decl.Piece{}
}

// labOf returns the lab that was begun and is about a declaration.
func (r *record) labOf(a decl.Address) (string, lab, bool) {
	for id, l := range r.Labs {
		if slices.Contains(l.Addresses, a.String()) {
			return id, l, true
		}
	}
	return "", lab{}, false
}

func exists(fsys fs.FS, name string) bool {
	_, err := fs.Stat(fsys, name)
	return err == nil
}
