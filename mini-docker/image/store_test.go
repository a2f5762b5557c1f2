package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"drydock/mini-docker/layer"
)

// gzippedTar packs files, given as name and content.
func gzippedTar(t testing.TB, files map[string]string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	packed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(packed)
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(files[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := archive.Write([]byte(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(archive.Close(), packed.Close()); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

// storeWith opens a store whose program carries a base layer of these files.
func storeWith(t testing.TB, dir string, files map[string]string) *Store {
	t.Helper()
	packed := gzippedTar(t, files)
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	stamp := digestOf(packed).String()
	s.base = func() baseLayer {
		return baseLayer{stamp: stamp, packed: func() ([]byte, bool) { return packed, true }}
	}
	return s
}

func TestEnsureBaseMakesAnImageThatCanRun(t *testing.T) {
	s := storeWith(t, t.TempDir(), map[string]string{"bin/sh": "#!shell"})
	if err := s.EnsureBase(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"mini/box", "mini/box:latest", DefaultRegistry + "/mini/box"} {
		got, err := s.Get(name)
		if err != nil {
			t.Fatalf("Get(%q): %v", name, err)
		}
		if !slices.Equal(got.Names, []string{"mini/box:latest"}) || got.Size != 7 {
			t.Errorf("Get(%q) = names %q, size %d; want mini/box:latest, 7", name, got.Names, got.Size)
		}
		for _, id := range []string{got.ID.String(), got.ID.Hex, got.ShortID(), got.ID.Hex[:3]} {
			if same, err := s.Get(id); err != nil || same.ID != got.ID {
				t.Errorf("Get(%q) = %v, %v; want the same image", id, same, err)
			}
		}
		if same, err := s.Get("mini/box@" + got.Digest.String()); err != nil || same.ID != got.ID {
			t.Errorf("Get by digest = %v, %v", same, err)
		}
		if _, err := s.Get("other/box@" + got.Digest.String()); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get by digest in another repository: %v, want ErrNotFound", err)
		}
	}
	image, _ := s.Get("mini/box")
	dirs, err := s.Layers(context.Background(), image)
	if err != nil || len(dirs) != 1 {
		t.Fatalf("Layers = %q, %v; want one", dirs, err)
	}
	if content, err := os.ReadFile(filepath.Join(dirs[0], "bin/sh")); string(content) != "#!shell" {
		t.Errorf("bin/sh = %q, %v", content, err)
	}
}

func TestLayersUnpacksWhatIsMissing(t *testing.T) {
	s := storeWith(t, t.TempDir(), map[string]string{"a": "1"})
	if err := s.EnsureBase(context.Background()); err != nil {
		t.Fatal(err)
	}
	image, err := s.Get("mini/box")
	if err != nil {
		t.Fatal(err)
	}
	dir := s.layerPath(layer.DiffID(image.Config.RootFS.DiffIDs[0].String()))
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Layers(context.Background(), image); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a")); err != nil {
		t.Error(err)
	}
}

func BenchmarkEnsureBaseWhenPresent(b *testing.B) {
	s := storeWith(b, b.TempDir(), map[string]string{"bin/sh": "#!shell"})
	for b.Loop() {
		if err := s.EnsureBase(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkGet(b *testing.B) {
	s := storeWith(b, b.TempDir(), map[string]string{"bin/sh": "#!shell"})
	if err := s.EnsureBase(context.Background()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		image, err := s.Get("mini/box")
		if err == nil {
			_, err = s.Layers(context.Background(), image)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEnsureEmbeddedBase(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	if err := s.EnsureBase(context.Background()); err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		if err := s.EnsureBase(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
