package stack

import (
	"archive/tar"
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/layer"
)

// unpacked makes a layer: names that end in a slash are directories, those with an
// arrow links.
func unpacked(t *testing.T, names ...string) string {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	for _, name := range names {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}
		if link, target, ok := strings.Cut(name, " -> "); ok {
			header = &tar.Header{Typeflag: tar.TypeSymlink, Name: link, Linkname: target}
		} else if strings.HasSuffix(name, "/") {
			header = &tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}
		}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "layer")
	if _, err := layer.Apply(t.Context(), dir, &packed, layer.ApplyOptions{UserXattr: layer.UserXattr()}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestATreeShowsWhatAnOverlayWould(t *testing.T) {
	bottom := unpacked(t, "a", "b", "d/x", "d/y", "e/z", "f/g/h", "out -> /etc")
	middle := unpacked(t, "b/inner", "d/.wh.x", "e/.wh..wh..opq", "e/new", ".wh.f")
	top := unpacked(t, "f/fresh")
	tree := New(top, middle, bottom)
	var seen []string
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			seen = append(seen, name)
		}
		return err
	})
	if got, want := strings.Join(seen, " "), "a b/inner d/y e/new f/fresh out"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	for _, name := range []string{"d/x", "e/z", "f/g", "f/g/h", "out/passwd", "a/b"} {
		if info, err := tree.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: got %v, %v; want nothing", name, info, err)
		}
	}
}

func TestResolveStaysInTheTree(t *testing.T) {
	tree := New(unpacked(t, "usr/lib/", "lib -> usr/lib", "abs -> /usr/./lib", "up -> ../../../lib", "loop -> loop", "deep/rel -> ../usr//lib/../lib"))
	for name, want := range map[string]string{
		"lib/x": "usr/lib/x", "abs/x": "usr/lib/x", "up": "usr/lib", "deep/rel/x/y": "usr/lib/x/y",
		"nowhere/x": "nowhere/x", "../../etc": "etc", ".": ".", "/": ".",
	} {
		if got, err := tree.Resolve(name); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", name, got, err, want)
		}
	}
	if got, err := tree.Resolve("loop"); err == nil {
		t.Errorf("loop: got %q", got)
	}
}
