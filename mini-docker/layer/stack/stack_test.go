package stack

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"drydock/mini-docker/layer"

	"golang.org/x/sys/unix"
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

func TestPackWritesTheTreeAsOne(t *testing.T) {
	bottom := unpacked(t, "d/gone", "d/kept", "d/link -> kept", "e/hidden", "other")
	top := unpacked(t, "d/.wh.gone", "e/.wh..wh..opq", "e/new", "d/sub/file")
	if err := os.Link(filepath.Join(top, "e/new"), filepath.Join(top, "e/same")); err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	if err := New(top, bottom).Pack(t.Context(), ".", &packed); err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := tar.NewReader(&packed); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		name := h.Name
		if h.Linkname != "" {
			name += ">" + h.Linkname
		}
		got = append(got, name)
	}
	want := "./ d/ d/kept d/link>kept d/sub/ d/sub/file e/ e/new e/same>e/new other"
	if strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, " "), want)
	}
}

func TestPackOfOneDirectoryIsFilledInElsewhere(t *testing.T) {
	source := unpacked(t, "d/file", "d/.hidden", "d/sub/deep")
	for name, mode := range map[string]fs.FileMode{"d": 0o750, "d/file": 0o4711, "d/sub": 0o700} {
		if err := unix.Chmod(filepath.Join(source, name), uint32(mode)); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	if err := New(source).Pack(t.Context(), "d", &packed); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := layer.Fill(t.Context(), dir, &packed, layer.ApplyOptions{UserXattr: layer.UserXattr()}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]uint32{".": 0o750, "file": 0o4711, "sub": 0o700, "sub/deep": 0o644} {
		var stat unix.Stat_t
		if err := unix.Lstat(filepath.Join(dir, name), &stat); err != nil || stat.Mode&0o7777 != want {
			t.Errorf("%s: got %o, %v; want %o", name, stat.Mode&0o7777, err, want)
		}
	}
}
