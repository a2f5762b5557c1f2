package layer

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// testTime is when all files of the tests were last changed.
var testTime = time.Date(2024, 2, 29, 12, 30, 15, 123456789, time.UTC)

func directory(name string) tar.Header {
	return tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}
}

// file has the link name's place for its content.
func file(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, Linkname: content, Mode: 0o644}
}

func symlink(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}
}

func hardLink(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target}
}

// archive packs entries, in order. A regular file's Linkname is its content.
func archive(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, h := range entries {
		content := ""
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
			h.Size = int64(len(content))
		}
		h.Format = tar.FormatPAX
		if h.ModTime.IsZero() {
			h.ModTime = testTime
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatalf("packing %q: %v", h.Name, err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatalf("packing %q: %v", h.Name, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func gzipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := gzip.NewWriter(&buffer)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func options() ApplyOptions { return ApplyOptions{UserXattr: UserXattr()} }

// apply unpacks entries to a new directory.
func apply(t testing.TB, entries ...tar.Header) (string, Result) {
	t.Helper()
	return applyArchive(t, archive(t, entries...))
}

func applyArchive(t testing.TB, packed []byte) (string, Result) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "layer")
	result, err := Apply(context.Background(), dir, bytes.NewReader(packed), options())
	if err != nil {
		t.Fatal(err)
	}
	return dir, result
}

// diff packs a directory.
func diff(t testing.TB, dir string) []byte {
	t.Helper()
	var buffer bytes.Buffer
	if _, err := Diff(context.Background(), dir, &buffer, DiffOptions{UserXattr: UserXattr()}); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func read(t testing.TB, dir, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
