// Package tree holds a learner's tree: a copy of this module's source that is
// theirs to change, ~/my-drydock unless they choose otherwise.
//
//	config, err := tree.Default(os.Getenv)
//	t, notes, err := tree.Open(ctx, config) // made, mended or brought up to date
//	done, err := t.Cut(ctx, "mounts/pivot", addresses, todo)
//	…the learner writes…
//	c, err := t.Checked(ctx, "mounts/pivot", passed)
//	err = c.Build(ctx, "./cmd/mini-docker", out)
//
// What they wrote is also stored outside the tree, in the folder Config.Work:
// as the files they changed, and as the declarations they changed, added and
// removed. From the files a deleted tree is made anew as it was; from the
// declarations it is made anew from a newer version of the source.
//
//	WORK/work.json      the record: declarations, files, labs begun
//	WORK/reference.zip  the source the tree was made from
//	WORK/kept/          what was replaced, for the learner to look up
//
// Nothing of the learner's is overwritten without being kept there first.
package tree

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"drydock/labs/source"
)

// Config says where a tree lies and what it is made from.
type Config struct {
	Dir       string // the tree
	Work      string // what is stored of it, outside of it
	Reference fs.FS  // the module's source
	Stamp     string // tells one version of Reference from another
	Now       func() time.Time
	Compiled  func(pkg string) // is told of each package that a build compiles; nil: nobody
}

// Default is the tree at $DRYDOCK_HOME, or at ~/my-drydock, of the source built
// into this program. What is stored of it lies under $XDG_DATA_HOME, or
// ~/.local/share (XDG Base Directory Specification), apart for each tree.
func Default(getenv func(string) string) (Config, error) {
	reference, ok := source.FS()
	if !ok {
		return Config{}, ErrNoSource
	}
	dir, data, home := getenv("DRYDOCK_HOME"), getenv("XDG_DATA_HOME"), getenv("HOME")
	if home == "" && (dir == "" || !filepath.IsAbs(data)) {
		return Config{}, errors.New("HOME is not set: set it, or DRYDOCK_HOME and XDG_DATA_HOME")
	}
	if !filepath.IsAbs(data) {
		data = filepath.Join(home, ".local/share")
	}
	if dir == "" {
		dir = usual(home, data)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Config{}, fmt.Errorf("finding the tree: %w", err)
	}
	return Config{
		Dir: dir, Work: workOf(data, dir),
		Reference: reference, Stamp: source.Stamp(), Now: time.Now,
	}, nil
}

// usual is where the tree lies when nobody has chosen: in ~/my-drydock, since
// ~/drydock is what a clone of this source is called. Trees once lay there
// all the same: one that is there, or of which only the work is left, stays.
func usual(home, data string) string {
	mine, once := filepath.Join(home, "my-drydock"), filepath.Join(home, "drydock")
	switch {
	case isThere(filepath.Join(mine, marker)):
		return mine
	case isThere(filepath.Join(once, marker)):
		return once
	case !isThere(once) && isThere(filepath.Join(workOf(data, once), recordName)):
		return once
	}
	return mine
}

// workOf is the folder for what is stored of a tree. Two trees may have the same
// name in different folders.
func workOf(data, dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return filepath.Join(data, "drydock", "work", filepath.Base(dir)+"-"+hex.EncodeToString(sum[:4]))
}

// Tree is a learner's tree. It holds nothing open and remembers nothing
// between calls: several programs may use one tree at a time.
type Tree struct{ c Config }

// Dir is where the tree lies.
func (t *Tree) Dir() string { return t.c.Dir }

// Open returns the tree, after making it if it is not there, restoring files
// that are missing, or bringing it to the version of the reference. The notes
// tell the learner what was done, a sentence each.
func Open(ctx context.Context, c Config) (*Tree, []string, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	t := &Tree{c}
	var notes []string
	err := t.locked(func() error {
		r, err := t.load()
		if err != nil {
			return err
		}
		notes, err = t.prepare(ctx, r)
		return err
	})
	if err != nil {
		return nil, notes, err
	}
	return t, notes, nil
}

// prepare does what Open promises.
func (t *Tree) prepare(ctx context.Context, r *record) ([]string, error) {
	entries, err := os.ReadDir(t.c.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the tree: %w", err)
	}
	isNew := r.Stamp == ""
	isOurs := len(entries) == 0 || t.has(marker)
	// rm -rf ~/my-drydock/* leaves hidden files behind.
	isGone := isOurs && !t.has("go.mod")
	neverWhole := isNew && r.Writing // the disk was full when it was made, or the power went
	switch {
	case !isOurs:
		return nil, &ForeignError{Dir: t.c.Dir}
	case isGone && isNew, neverWhole:
		return t.create(ctx, r)
	case isGone:
		notes, err := t.create(ctx, r)
		return append([]string{"your tree was gone: it is made anew, with your work as it was last saved"}, notes...), err
	case isNew:
		// The record is gone, the tree is not: what differs is the learner's.
		r.Stamp = t.c.Stamp
		notes, err := t.takeIn(r)
		return notes, errors.Join(err, t.storeReference())
	}
	if r.Stamp != t.c.Stamp || r.Writing {
		return t.upgrade(ctx, r)
	}
	return t.restore(r)
}

// has reports whether the tree holds a file.
func (t *Tree) has(name string) bool { return isThere(t.path(name)) }

func isThere(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// marker is a file that tells a tree of drydock's from any other folder.
const marker = ".drydock"

const markerText = `This folder was made by drydock and is yours to change.
Delete it whenever you like: drydock makes it anew with the work it saved.
`

// Is reports whether a folder is a learner's tree.
func Is(dir string) bool { return isThere(filepath.Join(dir, marker)) }
