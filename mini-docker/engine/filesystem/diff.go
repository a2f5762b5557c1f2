package filesystem

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/layer/stack"
)

// MountPoints are what the runtime makes in a container's file system to mount
// upon, where the image does not have it.
func MountPoints() []string {
	return []string{"dev", "proc", "sys", "etc/hostname", "etc/hosts", "etc/resolv.conf"}
}

// ChangeKind says how a file of a container differs from its image's.
type ChangeKind string

// The kinds, in Docker's letters.
const (
	Added   ChangeKind = "A"
	Changed ChangeKind = "C"
	Deleted ChangeKind = "D"
)

// Change is a file or directory that a container has changed.
type Change struct {
	Kind ChangeKind
	Path string // absolute, in the container
}

// Diff lists what a container has changed: what stands in its upper directory,
// beside what the layers below show in the same place.
func Diff(ctx context.Context, c *container.Container) ([]Change, error) {
	d := &differ{upper: Upper(c), below: stack.New(Layers(c)...)}
	if err := d.directory(ctx, "."); err != nil {
		return nil, err
	}
	return d.changes, nil
}

// differ is one Diff under way.
type differ struct {
	upper   string
	below   *stack.Tree
	changes []Change
}

// directory looks through a directory of the upper layer.
func (d *differ) directory(ctx context.Context, dir string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(d.upper, dir))
	if err != nil {
		return err
	}
	here := map[string]bool{}
	for _, entry := range entries {
		here[entry.Name()] = true
		if err := d.entry(ctx, filepath.Join(dir, entry.Name()), entry); err != nil {
			return err
		}
	}
	// A directory that was removed and made again hides all that is below it.
	if dir == "." || !layer.IsOpaque(filepath.Join(d.upper, dir)) {
		return nil
	}
	hidden, err := d.below.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	for _, each := range hidden {
		if !here[each.Name()] {
			d.note(Deleted, filepath.Join(dir, each.Name()))
		}
	}
	return nil
}

func (d *differ) entry(ctx context.Context, name string, entry fs.DirEntry) error {
	at := filepath.Join(d.upper, name)
	info, err := entry.Info()
	if err != nil {
		return err
	}
	_, below := d.below.Lstat(name)
	isThere := below == nil
	switch {
	case layer.IsWhiteout(at, info):
		if isThere {
			d.note(Deleted, name)
		}
		return nil
	case slices.Contains(MountPoints(), name) && isEmpty(at, info):
		return nil
	case entry.IsDir():
		return d.subdirectory(ctx, name, isThere)
	case isThere:
		d.note(Changed, name)
	default:
		d.note(Added, name)
	}
	return nil
}

// subdirectory notes a directory before what is in it. One that only holds mount
// points has not changed.
func (d *differ) subdirectory(ctx context.Context, name string, isThere bool) error {
	at := len(d.changes)
	kind := Added
	if isThere {
		kind = Changed
	}
	d.note(kind, name)
	if err := d.directory(ctx, name); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(d.upper, name))
	if err == nil && len(entries) > 0 && len(d.changes) == at+1 {
		d.changes = d.changes[:at]
	}
	return err
}

func (d *differ) note(kind ChangeKind, name string) {
	d.changes = append(d.changes, Change{kind, "/" + name})
}

func isEmpty(path string, info fs.FileInfo) bool {
	if !info.IsDir() {
		return info.Size() == 0
	}
	entries, err := os.ReadDir(path)
	return err == nil && len(entries) == 0
}

// WrittenBy is the folder of what a container has written over its image.
func WrittenBy(c *container.Container) string { return c.GraphDriver.Data[upperDir] }
