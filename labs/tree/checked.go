package tree

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"drydock/labs/partial"
	"drydock/lessons/decl"
)

// Checked is the source that a check of a lab builds: the reference's, with the
// learner's text for the declarations of this lab and of those they have passed,
// and with what they added. So a lab that is half done elsewhere in the tree cannot
// fail this one, and a test that was rewritten cannot pass it.
//
// It is the tree itself with an overlay (`go help build`): what has to be other
// than it is there lies in a folder of its own.
type Checked struct {
	Same bool // the lab's declarations are the reference's, word for word

	tree    *Tree
	scratch *partial.Scratch // holds the overlay
	overlay string
	files   map[string]string // overlaid file: its name in the tree
	own     []string          // files that the learner made
	changed map[string][]byte // what is other than in the reference
	pieces  []stand           // what is the learner's in overlaid files
}

// stand is where a declaration of the learner's stands, in the tree and in the
// file that is built.
type stand struct {
	file              string
	built, mine, rows int // its first line in both, and how many it has
}

// Checked takes in what the tree holds and lays out the source for a check of the
// lab id. passed are the labs whose text counts too. The error is an
// *UnknownLabError for a lab that was not begun in this tree, a *GoneError or
// *decl.SyntaxError when the lab's own declarations cannot be read. Close removes
// what was laid out.
func (t *Tree) Checked(ctx context.Context, id string, passed []string) (*Checked, error) {
	c := &Checked{tree: t, files: map[string]string{}, Same: true}
	err := t.change(ctx, func(r *record) error {
		if _, ok := r.Labs[id]; !ok {
			return &UnknownLabError{Lab: id}
		}
		counts := map[string]bool{}
		for _, each := range append(slices.Clone(passed), id) {
			for _, address := range r.Labs[each].Addresses {
				counts[address] = true
			}
		}
		files, err := c.compose(r, counts)
		if err == nil {
			err = c.noEarly(r)
		}
		if err != nil {
			return err
		}
		if err := c.compare(r.Labs[id]); err != nil {
			return err
		}
		return c.layOut(files)
	})
	// What is wrong with a file that this lab is not about is not its business.
	if err == nil || len(faults(err)) > 0 && !slices.ContainsFunc(faults(err), c.concerns(id)) {
		return c, nil
	}
	return nil, errors.Join(err, c.Close())
}

// Changed are the files that are built and are other than the reference's, with what
// they hold: what counts of the learner's, and nothing else.
func (c *Checked) Changed() map[string][]byte { return c.changed }

// Close removes what was laid out.
func (c *Checked) Close() error {
	if c.scratch == nil {
		return nil
	}
	return c.scratch.Close()
}

// concerns says whether a fault is about a lab's own declarations.
func (c *Checked) concerns(id string) func(error) bool {
	return func(err error) bool {
		var gone *GoneError
		return c.scratch == nil || errors.As(err, &gone) && gone.Lab == id
	}
}

// BuiltInit is the program that a container begins as, where `make build` leaves
// it. What is built for a check must not carry it: it holds the text of the day it
// was built, and without it the engine begins containers itself.
const BuiltInit = "mini-docker/shim/program/embedded/init"

// compose returns the files that have to be other than they are in the tree; one
// that is not to be there has no content.
func (c *Checked) compose(r *record, counts map[string]bool) (map[string][]byte, error) {
	names, err := list(c.tree.c.Dir)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	c.changed = map[string][]byte{}
	for _, name := range names {
		original, err := c.tree.referenceFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			if strings.HasSuffix(name, "_test.go") || name == BuiltInit {
				files[name] = nil // the tests are the reference's
			} else if strings.HasSuffix(name, ".go") {
				c.own = append(c.own, name)
				c.changed[name] = []byte(r.Files[name])
			}
			continue
		}
		now, readErr := os.ReadFile(c.tree.path(name))
		if err = errors.Join(err, readErr); err != nil {
			return nil, fmt.Errorf("reading your work: %w", err)
		}
		if bytes.Equal(now, original) {
			continue
		}
		wanted := original
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			if wanted, err = c.merge(r, name, original, counts); err != nil {
				return nil, err
			}
		}
		if !bytes.Equal(now, wanted) {
			files[name] = wanted
		}
		if !bytes.Equal(wanted, original) {
			c.changed[name] = wanted
		}
		c.stands(name, original, now, wanted)
	}
	return files, nil
}

// merge puts into one file of the reference what counts of the learner's.
func (c *Checked) merge(r *record, name string, src []byte, counts map[string]bool) ([]byte, error) {
	for _, p := range r.Pieces {
		if p.File != name {
			continue
		}
		address := decl.Address{Dir: path.Dir(name), Name: p.Name}
		var err error
		switch {
		case p.Base == "":
			src, err = decl.Add(src, p.Name, p.Text, p.Imports...)
		case !counts[address.String()]:
			continue
		case p.Text == "": // it stands in another file now, or scan says that it is gone
			src, err = decl.Remove(src, p.Name)
		default:
			src, err = decl.Put(src, p.Name, p.Text, p.Imports...)
		}
		if err != nil {
			return nil, fmt.Errorf("taking %s out of your tree: %w", address, err)
		}
	}
	return src, nil
}

// stands notes where the declarations of a file that are the learner's stand: in
// the tree, and in what is built.
func (c *Checked) stands(name string, original, now, built []byte) {
	var texts [3][]decl.Decl
	for i, src := range [][]byte{original, now, built} {
		var err error
		if texts[i], err = decl.Parse(name, src); err != nil {
			return // what does not parse is not built from
		}
	}
	for _, d := range texts[2] {
		same := func(other decl.Decl) bool { return other.Address == d.Address && other.Text == d.Text }
		mine := texts[1]
		if i := slices.IndexFunc(mine, same); i >= 0 && !slices.ContainsFunc(texts[0], same) {
			c.pieces = append(c.pieces, stand{file: name, built: d.Line, mine: mine[i].Line, rows: strings.Count(d.Text, "\n") + 1})
		}
	}
}

// compare says whether a lab's declarations are the reference's, and gives back
// the syntax error of a file that hides one.
func (c *Checked) compare(l lab) error {
	for _, address := range l.Addresses {
		ref, err := c.tree.reference(address)
		if err != nil {
			return err
		}
		_, now, err := c.tree.locate(ref.Address, ref.File)
		var missing *decl.NotFoundError
		if err != nil && !errors.As(err, &missing) {
			return err
		}
		c.Same = c.Same && now.Text == ref.Text
	}
	return nil
}

// layOut writes the files and the list that has the go command take them in the
// place of the tree's.
func (c *Checked) layOut(files map[string][]byte) (err error) {
	if c.scratch, err = partial.NewScratch(c.tree.c.Work); err != nil {
		return fmt.Errorf("laying out what is to be built: %w", diskFull(err))
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(files)) {
		replacement := ""
		if files[name] != nil {
			replacement = filepath.Join(c.scratch.Path(), fmt.Sprint(i)+filepath.Ext(name))
			if err := os.WriteFile(replacement, files[name], 0o644); err != nil {
				return fmt.Errorf("laying out what is to be built: %w", diskFull(err))
			}
			c.files[replacement] = name
		}
		overlay.Replace[c.tree.path(name)] = replacement
	}
	text, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	c.overlay = filepath.Join(c.scratch.Path(), "overlay.json")
	if err := os.WriteFile(c.overlay, text, 0o644); err != nil {
		return fmt.Errorf("laying out what is to be built: %w", diskFull(err))
	}
	return nil
}

// Build compiles a package, such as ./cmd/mini-docker, to the file out. The error
// is a *BuildError only if it is about what the learner wrote.
func (c *Checked) Build(ctx context.Context, pkg, out string) error {
	return c.theirs(c.tree.compile(ctx, pkg, out, "build", "-overlay="+c.overlay))
}

// BuildTest compiles the tests of a package, which are the reference's, and is
// otherwise as Build.
func (c *Checked) BuildTest(ctx context.Context, pkg, out string) error {
	return c.theirs(c.tree.compile(ctx, pkg, out, "test", "-c", "-overlay="+c.overlay))
}

// theirs turns the compiler's lines into lines of the tree's files, and keeps
// those in what the learner wrote. Where none is, the build failed for another
// reason, which is no fault of theirs.
func (c *Checked) theirs(err error) error {
	var failed *BuildError
	if !errors.As(err, &failed) {
		return err
	}
	var lines []Line
	for _, l := range failed.Lines {
		at := l.File
		if !filepath.IsAbs(at) {
			at = filepath.Join(c.tree.c.Dir, at) // the go command names it from there
		}
		if name, ok := c.files[at]; ok {
			l.File = name
		}
		if row, ok := c.row(l.File, l.Row); ok {
			l.Row = row
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		return fmt.Errorf("the build failed, and not for what you wrote: %s", strings.TrimSpace(failed.Output))
	}
	return &BuildError{Lines: lines, Output: failed.Output}
}

// row is the line in the tree of a line that was built; ok is false where that is
// not the learner's.
func (c *Checked) row(file string, built int) (row int, ok bool) {
	if slices.Contains(c.own, file) {
		return built, true
	}
	for _, s := range c.pieces {
		if s.file == file && built >= s.built && built < s.built+s.rows {
			return built - s.built + s.mine, true
		}
	}
	return 0, false
}
