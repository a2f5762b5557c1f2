package tree

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/lessons/decl"
)

// version of the record's form.
const version = 1

// recordName is the record's file in WORK.
const recordName = "work.json"

// record is what is stored of a tree: WORK/work.json.
type record struct {
	Version int    `json:"version"`
	Dir     string `json:"dir"`   // of the tree, for people who look
	Stamp   string `json:"stamp"` // of the reference the tree was made from; "" = no tree yet
	// Writing is set while the tree is brought to another reference: its
	// files are then half of one and half of the other, and only the record
	// says what is the learner's.
	Writing bool `json:"writing,omitempty"`

	Pieces []piece           `json:"pieces"` // declarations that differ from the reference's
	Files  map[string]string `json:"files"`  // whole files that differ, by path
	Labs   map[string]lab    `json:"labs"`   // build labs begun, by id
}

// piece is a declaration that differs from the reference's.
type piece struct {
	File    string        `json:"file"`
	Name    string        `json:"name"`
	Text    string        `json:"text"` // "" = the learner removed it
	Imports []decl.Import `json:"imports,omitempty"`
	Base    string        `json:"base"` // the reference's text; "" = the learner added it
}

// lab is a build lab that was begun.
type lab struct {
	Addresses []string          `json:"addresses"`
	Todo      string            `json:"todo"`
	Starters  map[string]string `json:"starters"` // by address: the stub the learner got
}

func (t *Tree) recordPath() string    { return filepath.Join(t.c.Work, recordName) }
func (t *Tree) referencePath() string { return filepath.Join(t.c.Work, "reference.zip") }

// load reads the record, or makes an empty one. A damaged record is kept
// aside, never overwritten.
func (t *Tree) load() (*record, error) {
	fresh := &record{Version: version, Dir: t.c.Dir, Files: map[string]string{}, Labs: map[string]lab{}}
	text, err := os.ReadFile(t.recordPath())
	if errors.Is(err, fs.ErrNotExist) {
		return fresh, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading your work: %w", err)
	}
	r := *fresh
	if err := json.Unmarshal(text, &r); err != nil {
		aside, keepErr := t.keep("work.json", text)
		if keepErr != nil {
			return nil, fmt.Errorf("keeping the damaged %s: %w", t.recordPath(), keepErr)
		}
		return fresh, errors.Join(os.Remove(t.recordPath()),
			fmt.Errorf("the record of your work was damaged (%w): it is kept in %s; repeat the command to go on from what your tree holds", err, aside))
	}
	if r.Version > version {
		return nil, fmt.Errorf("%s was written by a newer drydock: update this one; nothing was changed", t.recordPath())
	}
	return &r, nil
}

// store writes the record.
func (t *Tree) store(r *record) error {
	text, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return fmt.Errorf("storing your work: %w", err)
	}
	if old, err := os.ReadFile(t.recordPath()); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := replace(t.recordPath(), text); err != nil {
		return fmt.Errorf("storing your work: %w", err)
	}
	return nil
}

// storeReference stores the source the tree is made from: when the program is
// updated, it tells what the learner changed from what the update did.
func (t *Tree) storeReference() error {
	return replaceWith(t.referencePath(), true, func(w io.Writer) error {
		z := zip.NewWriter(w)
		return errors.Join(z.AddFS(t.c.Reference), z.Close())
	})
}

// base returns the source the tree was made from: the reference, or what was
// stored of an older one.
func (t *Tree) base(r *record) (fs.FS, error) {
	if r.Stamp == t.c.Stamp {
		return t.c.Reference, nil
	}
	packed, err := os.ReadFile(t.referencePath())
	if err != nil {
		return nil, fmt.Errorf("reading the source your tree was made from: %w", err)
	}
	unpacked, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		return nil, fmt.Errorf("reading the source your tree was made from: %w", err)
	}
	return unpacked, nil
}
