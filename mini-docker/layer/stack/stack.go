// Package stack shows unpacked layers as the one tree that an overlay of them
// would be, without mounting anything: for whoever must look into an image while
// no container of it runs.
//
//	tree := stack.New(layers...) // the top one first
//	info, err := tree.Lstat("etc/passwd")
//
// A Tree is an fs.FS with symbolic links (fs.ReadLinkFS). It follows none by
// itself: where a link leads in the image is another question than where it leads
// on this machine, and Resolve answers it.
//
// It reads what package layer has unpacked, and nobody writes there. It is not for
// directories that a container is writing to.
package stack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/mini-docker/layer"
)

// Tree is what layers show together.
type Tree struct{ layers []string }

var _ fs.ReadLinkFS = (*Tree)(nil)
var _ fs.ReadDirFS = (*Tree)(nil)

// New returns the tree of unpacked layers, the top one first.
func New(layers ...string) *Tree { return &Tree{layers: layers} }

// find returns where a name is found: the path of what is seen, or, for a
// directory, those of all that it is merged from, the top one first.
//
// Each part of the name is looked up in the directories that the part before has
// led to, and only directories are gone through, so no link leads out of a layer.
func (t *Tree) find(name string) ([]string, error) {
	if !fs.ValidPath(name) {
		return nil, fs.ErrInvalid
	}
	found := t.layers
	if len(found) == 0 {
		return nil, fs.ErrNotExist // no layers, no root
	}
	if name == "." {
		return found, nil
	}
	isDir := true
	for part := range strings.SplitSeq(name, "/") {
		if !isDir {
			return nil, fs.ErrNotExist
		}
		var err error
		if found, isDir, err = below(found, part); err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fs.ErrNotExist
		}
	}
	return found, nil
}

// below looks one name up in merged directories. The rules are overlayfs's: what
// stands higher hides what is lower, unless both are directories; a whiteout hides
// and shows nothing; an opaque directory is merged with nothing below it.
func below(dirs []string, name string) (found []string, isDir bool, err error) {
	for _, dir := range dirs {
		at := filepath.Join(dir, name)
		info, err := os.Lstat(at)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENOTDIR):
			continue
		case err != nil:
			return nil, false, err
		case layer.IsWhiteout(at, info):
			return found, len(found) > 0, nil
		case !info.IsDir():
			if len(found) == 0 {
				return []string{at}, false, nil
			}
			return found, true, nil
		}
		found = append(found, at)
		if layer.IsOpaque(at) {
			return found, true, nil
		}
	}
	return found, len(found) > 0, nil
}

// Lstat describes what is seen at a name, itself and not what it may link to.
func (t *Tree) Lstat(name string) (fs.FileInfo, error) {
	found, err := t.find(name)
	if err != nil {
		return nil, &fs.PathError{Op: "lstat", Path: name, Err: err}
	}
	return os.Lstat(found[0])
}

// ReadLink returns the text of a symbolic link.
func (t *Tree) ReadLink(name string) (string, error) {
	found, err := t.find(name)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return os.Readlink(found[0])
}

// Open opens a regular file, or a directory as it is in its topmost layer.
func (t *Tree) Open(name string) (fs.File, error) {
	found, err := t.find(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	// Not through a link, and not to wait for a pipe's other end.
	return os.OpenFile(found[0], unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

// ReadDir lists a directory as it is seen, sorted by name.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	dirs, err := t.find(name)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	entries := map[string]fs.DirEntry{}
	hidden := map[string]bool{}
	for _, dir := range dirs {
		list, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, entry := range list {
			if hidden[entry.Name()] {
				continue
			}
			hidden[entry.Name()] = true
			info, err := entry.Info()
			if err != nil {
				return nil, err
			}
			if !layer.IsWhiteout(filepath.Join(dir, entry.Name()), info) {
				entries[entry.Name()] = entry
			}
		}
	}
	var list []fs.DirEntry
	for _, entry := range entries {
		list = append(list, entry)
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, nil
}

// maxLinks is how many links a name may lead through (path_resolution(7)).
const maxLinks = 40

// Resolve returns where a path leads when it is used in a container: see the
// function Resolve.
func (t *Tree) Resolve(name string) (string, error) { return Resolve(t, name) }

// Resolve returns where a path leads in a tree: links are followed, also the last
// one, and none leads above the root. What is not there is taken as it is named.
func Resolve(t fs.ReadLinkFS, name string) (string, error) {
	rest, at := path.Clean("/" + name)[1:], "."
	for links := 0; rest != ""; {
		part, after, _ := strings.Cut(rest, "/")
		rest = after
		if part == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, part)
		info, err := t.Lstat(next)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if err != nil || info.Mode().Type() != fs.ModeSymlink {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return "", fmt.Errorf("%s: %w", name, unix.ELOOP)
		}
		target, err := t.ReadLink(next)
		if err != nil {
			return "", err
		}
		if strings.HasPrefix(target, "/") {
			at = "."
		}
		// Not cleaned as text: `..` goes up from where a link has led.
		rest = strings.Trim(target+"/"+rest, "/")
		for strings.Contains(rest, "//") || strings.HasPrefix(rest, "./") || strings.Contains(rest, "/./") {
			rest = strings.ReplaceAll(strings.TrimPrefix(strings.ReplaceAll(rest, "/./", "/"), "./"), "//", "/")
		}
		if rest == "." {
			rest = ""
		}
	}
	return at, nil
}
