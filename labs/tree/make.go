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
	"strings"
)

// create makes the tree where there is none.
func (t *Tree) create(ctx context.Context, r *record) ([]string, error) {
	notes, err := t.write(r)
	if err != nil {
		return notes, err
	}
	note, err := t.commit(ctx, "The reference, and what I had saved")
	return append(notes, note...), err
}

// upgrade brings the tree from the source it was made from to the reference.
// What the learner changed is stored first and then made to the new source.
func (t *Tree) upgrade(ctx context.Context, r *record) ([]string, error) {
	var notes []string
	if !r.Writing {
		var note []string
		note, err := t.takeIn(r)
		notes = append(notes, note...)
		if err != nil {
			return notes, err
		}
		note, err = t.commit(ctx, "My work, before a newer reference")
		notes = append(notes, note...)
		if err != nil {
			return notes, err
		}
	}
	note, err := t.write(r)
	notes = append(notes, note...)
	if err != nil {
		return notes, err
	}
	note, err = t.commit(ctx, "A newer reference, with my work in it")
	notes = append(notes, note...)
	return append(notes, "your tree now has this drydock's version of the source, with your work in it"), err
}

// takeIn scans before an upgrade. Faults in the learner's files do not stop
// it: such a file is kept aside by write.
func (t *Tree) takeIn(r *record) ([]string, error) {
	if _, err := t.base(r); err != nil {
		return []string{err.Error() + ": your work is taken as it was last saved"}, nil
	}
	err := t.scan(r)
	var notes []string
	for _, fault := range faults(err) {
		notes = append(notes, fault.Error())
	}
	if err != nil && len(notes) == 0 {
		return nil, err
	}
	return notes, t.store(r)
}

// write makes every file of the tree what it should be, given the reference
// and the record, and lets the record speak for the reference from then on.
func (t *Tree) write(r *record) ([]string, error) {
	files, notes, err := t.contents(r)
	if err != nil {
		return notes, err
	}
	// From here on the files are no longer the learner's word.
	r.Writing = true
	if err := t.store(r); err != nil {
		return notes, err
	}
	if err := replace(t.path(marker), []byte(markerText)); err != nil {
		return notes, fmt.Errorf("making your tree: %w", err)
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := t.put(name, files[name]); err != nil {
			return notes, fmt.Errorf("making your tree: %w", err)
		}
	}
	if err := syncAll(t.c.Dir); err != nil {
		return notes, fmt.Errorf("making your tree: %w", err)
	}
	if err := t.removeOld(r, files); err != nil {
		return notes, err
	}
	if err := t.storeReference(); err != nil {
		return notes, fmt.Errorf("storing the source your tree is made from: %w", err)
	}
	r.Stamp, r.Writing = t.c.Stamp, false
	err = t.scan(r)
	if len(faults(err)) > 0 {
		err = nil // the learner has been told, and is told again by check
	}
	return notes, errors.Join(err, t.store(r))
}

// put writes a file of the tree unless it is so already. It is not on the disk
// before syncAll, or the kernel in its own time: what matters of it is in the
// record.
func (t *Tree) put(name string, content []byte) error {
	if now, err := os.ReadFile(t.path(name)); err == nil && bytes.Equal(now, content) {
		return nil
	}
	return replaceWith(t.path(name), false, bytesOf(content))
}

// removeOld removes files that the source the tree was made from had and the
// reference has not. They are in version control, and as declarations in the
// record.
func (t *Tree) removeOld(r *record, files map[string][]byte) error {
	if r.Stamp == "" || r.Stamp == t.c.Stamp {
		return nil
	}
	base, err := t.base(r)
	if err != nil {
		return nil // not known, so nothing to remove
	}
	return fs.WalkDir(base, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || files[name] != nil {
			return err
		}
		if err := os.Remove(t.path(name)); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
}

// restore puts back files of the reference that are missing from the tree, as
// the learner had them.
func (t *Tree) restore(r *record) ([]string, error) {
	var missing []string
	err := fs.WalkDir(t.c.Reference, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || t.has(name) {
			return err
		}
		content, err := fs.ReadFile(t.c.Reference, name)
		if text, ok := r.Files[name]; ok {
			content = []byte(text)
		}
		if err != nil {
			return err
		}
		missing = append(missing, name)
		return replace(t.path(name), content)
	})
	if err != nil {
		return nil, fmt.Errorf("restoring files of your tree: %w", err)
	}
	if len(missing) == 0 {
		return nil, nil
	}
	return []string{"missing from your tree and put back: " + fewOf(missing)}, nil
}

// fewOf names so many files that they fit into a line or two: who deletes a
// folder deletes hundreds.
func fewOf(names []string) string {
	const few = 5
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more files", strings.Join(names[:few], ", "), len(names)-few)
}
