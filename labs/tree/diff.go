package tree

import (
	"context"
	"errors"
	"path"
	"strings"

	"drydock/lessons/decl"

	"github.com/rogpeppe/go-internal/diff"
)

// Side is what a lab's reference is compared with.
type Side int

// The sides of Diff.
const (
	Learner Side = iota // what is in the tree
	Starter             // what the lab began with
)

// Diff shows how a side of a lab becomes the reference, as a unified diff of
// each declaration; "" when they are the same.
func (t *Tree) Diff(id string, side Side) (string, error) {
	var out strings.Builder
	err := t.locked(func() error {
		r, err := t.load()
		if err != nil {
			return err
		}
		l, ok := r.Labs[id]
		if !ok {
			return &UnknownLabError{Lab: id}
		}
		for _, address := range l.Addresses {
			ref, err := t.reference(address)
			if err != nil {
				return err
			}
			name, text := "starter/", l.Starters[address]
			if side == Learner {
				_, now, err := t.locate(ref.Address, ref.File)
				var missing *decl.NotFoundError
				if err != nil && !errors.As(err, &missing) {
					return err
				}
				name, text = "yours/", now.Text
			}
			out.Write(diff.Diff(name+address, lines(text), "reference/"+address, lines(ref.Text)))
		}
		return nil
	})
	return out.String(), err
}

// lines ends a text with a line break, which diff would complain about.
func lines(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text + "\n")
}

// Change is something in the tree that is not as in the reference.
type Change struct {
	File    string // relative to the tree
	Address string // "" for a whole file: the learner's own, or not Go
	Kind    ChangeKind
	Lab     string // that is about it; "" = none
}

// ChangeKind says how it differs.
type ChangeKind string

// The kinds of change.
const (
	Changed ChangeKind = "changed"
	Added   ChangeKind = "added"
	Removed ChangeKind = "removed"
	Cut     ChangeKind = "cut" // a lab's starter, as it was given
)

// Changed lists what in the tree is not as in the reference.
func (t *Tree) Changed(ctx context.Context) ([]Change, error) {
	var all []Change
	err := t.change(ctx, func(r *record) error {
		byPiece := map[string]bool{}
		for _, p := range r.Pieces {
			byPiece[p.File] = true
			all = append(all, r.describe(p))
		}
		for name := range r.Files {
			switch _, err := t.referenceFile(name); {
			case err != nil:
				all = append(all, Change{File: name, Kind: Added})
			case !byPiece[name]:
				all = append(all, Change{File: name, Kind: Changed})
			}
		}
		return nil
	})
	return all, err
}

// describe turns a piece into a Change.
func (r *record) describe(p piece) Change {
	a := decl.Address{Dir: path.Dir(p.File), Name: p.Name}
	c := Change{File: p.File, Address: a.String(), Kind: Changed}
	id, l, isCut := r.labOf(a)
	c.Lab = id
	switch {
	case p.Text == "":
		c.Kind = Removed
	case isCut && p.Text == l.Starters[a.String()]:
		c.Kind = Cut
	case p.Base == "":
		c.Kind = Added
	}
	return c
}
