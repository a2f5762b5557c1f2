package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"drydock/lessons/decl"
)

// Done says what an operation on a lab did.
type Done struct {
	Resumed bool     // Cut: the lab was begun before, and its files were left alone
	Files   []string // that hold the lab's declarations, relative to the tree
	Kept    []string // where versions of the learner's that were replaced are kept
}

// Save stores what the tree holds now. Its error is about the learner's own
// files as a rule (*decl.SyntaxError, *GoneError; several are joined); all the
// rest has been stored then.
func (t *Tree) Save(ctx context.Context) error {
	return t.change(ctx, func(*record) error { return nil })
}

// Cut begins a build lab: it takes the bodies of the declarations out, and
// todo says there what to write. A lab that was begun before is resumed.
func (t *Tree) Cut(ctx context.Context, id string, addresses []string, todo string) (Done, error) {
	var done Done
	err := t.change(ctx, func(r *record) (err error) {
		if l, ok := r.Labs[id]; ok && slices.Equal(l.Addresses, addresses) {
			done.Resumed = true
			done.Files, err = t.homes(l)
			return err
		}
		l := lab{Addresses: addresses, Todo: todo, Starters: map[string]string{}}
		done, err = t.exchange(l, l.cut)
		if err == nil {
			r.Labs[id] = l
			t.commitStarter(ctx, id, done.Files)
		}
		return err
	})
	return done, err
}

// Solution puts the reference's version of a lab's declarations into the tree.
func (t *Tree) Solution(ctx context.Context, id string) (Done, error) {
	var done Done
	err := t.change(ctx, func(r *record) (err error) {
		l, ok := r.Labs[id]
		if !ok {
			return &UnknownLabError{Lab: id}
		}
		done, err = t.exchange(l, func(src []byte, ref decl.Decl) ([]byte, error) {
			return whole(src, ref.Address, ref.Piece)
		})
		return err
	})
	return done, err
}

// change takes in what the tree holds, runs do and takes in what it did. The
// learner's faults are reported only when they outlast it: reset mends them.
func (t *Tree) change(ctx context.Context, do func(*record) error) error {
	return t.locked(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, err := t.load()
		if err != nil {
			return err
		}
		if !t.has("go.mod") || r.Stamp != t.c.Stamp || r.Writing {
			return fmt.Errorf("%s: %w", t.c.Dir, ErrIncomplete)
		}
		if err := t.scan(r); err != nil && len(faults(err)) == 0 {
			return err
		}
		if err := t.store(r); err != nil {
			return err
		}
		if err := do(r); err != nil {
			return err
		}
		err = t.scan(r)
		if err != nil && len(faults(err)) == 0 {
			return err
		}
		return errors.Join(err, t.store(r))
	})
}

// exchange replaces the text of a lab's declarations. Nothing is written until
// all are replaced and what the learner had is kept.
func (t *Tree) exchange(l lab, text func(src []byte, ref decl.Decl) ([]byte, error)) (Done, error) {
	var done Done
	files := map[string][]byte{}
	for _, address := range l.Addresses {
		ref, err := t.reference(address)
		if err != nil {
			return done, err
		}
		file, src, kept, err := t.takeOut(l, ref, files)
		if err != nil {
			return done, err
		}
		if kept != "" {
			done.Kept = append(done.Kept, kept)
		}
		if files[file], err = text(src, ref); err != nil {
			return done, fmt.Errorf("changing %s: %w", file, err)
		}
	}
	var err error
	done.Files, err = t.putAll(files)
	return done, err
}

// takeOut returns the file that is to hold a declaration and keeps what it has
// there of the learner's. A file that does not parse is kept as a whole, and
// the reference's takes its place.
func (t *Tree) takeOut(l lab, ref decl.Decl, files map[string][]byte) (file string, src []byte, kept string, err error) {
	file, now, err := t.locate(ref.Address, ref.File)
	var missing *decl.NotFoundError
	var syntax *decl.SyntaxError
	switch {
	case errors.As(err, &missing):
		file = ref.File
	case errors.As(err, &syntax):
		return t.setAside(syntax.File, ref, files)
	case err != nil:
		return "", nil, "", err
	case now.Text != ref.Text && now.Text != l.Starters[ref.Address.String()]:
		if kept, err = t.keepDecl(ref.Address, now); err != nil {
			return "", nil, "", err
		}
	}
	if src = files[file]; src == nil {
		src, err = os.ReadFile(t.path(file))
	}
	return file, src, kept, err
}

// setAside keeps a file that does not parse and answers with the reference's.
func (t *Tree) setAside(file string, ref decl.Decl, files map[string][]byte) (string, []byte, string, error) {
	if files[file] != nil {
		return file, files[file], "", nil
	}
	broken, err := os.ReadFile(t.path(file))
	if err != nil {
		return "", nil, "", err
	}
	kept, err := t.keep(file, broken)
	if err != nil {
		return "", nil, "", err
	}
	src, err := t.referenceFile(file)
	if err != nil {
		return "", nil, "", fmt.Errorf("%s is in the way and not drydock's: remove it: %w", file, err)
	}
	return file, src, kept, nil
}
