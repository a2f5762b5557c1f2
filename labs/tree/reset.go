package tree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"drydock/lessons/decl"
)

// Reset makes the files of a lab's declarations what they were when it began:
// the reference's, with the lab's own declarations cut, and with what the learner
// wrote for other labs. Other changes in these files may be why nothing compiles
// any more, so they go, too. What was there is kept.
func (t *Tree) Reset(ctx context.Context, id string) (Done, error) {
	var done Done
	err := t.change(ctx, func(r *record) error {
		l, ok := r.Labs[id]
		if !ok {
			return &UnknownLabError{Lab: id}
		}
		files, err := t.afresh(r, l)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			kept, err := t.keepOld(l, name, files[name])
			if err != nil {
				return err
			}
			done.Kept = append(done.Kept, kept...)
		}
		done.Files, err = t.putAll(files)
		return err
	})
	return done, err
}

// putAll writes files of the tree, and returns the names of those that it has
// written, in order.
func (t *Tree) putAll(files map[string][]byte) (written []string, err error) {
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := t.put(name, files[name]); err != nil {
			return written, err
		}
		written = append(written, name)
	}
	return written, nil
}

// afresh returns the files of a lab's declarations as Reset makes them.
func (t *Tree) afresh(r *record, l lab) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, address := range l.Addresses {
		ref, err := t.reference(address)
		if err != nil {
			return nil, err
		}
		file, err := t.home(ref, files)
		if err != nil {
			return nil, err
		}
		if files[file] == nil {
			if files[file], err = t.withOthers(r, l, file); err != nil {
				return nil, err
			}
		}
		if files[file], err = l.cut(files[file], ref); err != nil {
			return nil, fmt.Errorf("changing %s: %w", file, err)
		}
	}
	return files, nil
}

// home is the file that a declaration is to stand in: the one it was moved to, or
// that of the reference. A file of the package in which nothing can be found,
// since it does not parse, is among those to be made afresh.
func (t *Tree) home(ref decl.Decl, files map[string][]byte) (string, error) {
	file, _, err := t.locate(ref.Address, ref.File)
	var missing *decl.NotFoundError
	var syntax *decl.SyntaxError
	switch {
	case err == nil:
		return file, nil
	case errors.As(err, &missing):
		return ref.File, nil
	case !errors.As(err, &syntax):
		return "", err
	}
	if syntax.File != ref.File && files[syntax.File] == nil {
		original, err := t.referenceFile(syntax.File)
		if err != nil {
			return "", fmt.Errorf("%s is in the way and not drydock's: remove it: %w", syntax.File, err)
		}
		files[syntax.File] = original
	}
	return ref.File, nil
}

// withOthers is a file of the reference with what the learner wrote in it for
// other labs. A file of the learner's own is left as it is.
func (t *Tree) withOthers(r *record, l lab, file string) ([]byte, error) {
	src, err := t.referenceFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return os.ReadFile(t.path(file))
	}
	if err != nil {
		return nil, err
	}
	for _, p := range r.Pieces {
		if p.File != file || p.Text == "" || !r.ofOtherLab(l, p) {
			continue
		}
		out, err := decl.Put(src, p.Name, p.Text, p.Imports...)
		if err != nil {
			return nil, fmt.Errorf("putting %s back into %s: %w", p.Name, file, err)
		}
		src = out
	}
	return src, nil
}

// ofOtherLab reports whether a piece is of a lab that is not l.
func (r *record) ofOtherLab(l lab, p piece) bool {
	for _, other := range r.Labs {
		if slices.Equal(other.Addresses, l.Addresses) {
			continue
		}
		for _, address := range other.Addresses {
			if a, err := decl.ParseAddress(address); err == nil && p.is(a) {
				return true
			}
		}
	}
	return false
}

// keepOld keeps what a file holds of the learner's, before another text takes its
// place: the declarations of the lab or, when more differs, the whole file.
func (t *Tree) keepOld(l lab, file string, fresh []byte) ([]string, error) {
	now, err := os.ReadFile(t.path(file))
	if errors.Is(err, fs.ErrNotExist) || err == nil && bytes.Equal(now, fresh) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var kept []string
	rest := now // of which the lab's declarations are made new
	for _, address := range l.Addresses {
		ref, err := t.reference(address)
		if err != nil {
			return nil, err
		}
		mine, err := decl.Get(rest, ref.Address.Name)
		if err != nil || mine.Text == l.Starters[address] {
			continue
		}
		if rest, err = l.cut(rest, ref); err != nil {
			break
		}
		if mine.Text == ref.Text {
			continue
		}
		aside, err := t.keepDecl(ref.Address, mine)
		if err != nil {
			return nil, err
		}
		kept = append(kept, aside)
	}
	if bytes.Equal(rest, fresh) {
		return kept, nil
	}
	whole, err := t.keep(file, now)
	return []string{whole}, err
}
