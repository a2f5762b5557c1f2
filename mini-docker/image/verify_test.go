package image_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/image"
	"drydock/mini-docker/image/archive"
)

func TestVerifyFindsWhatIsDamagedAndRepairs(t *testing.T) {
	dir := t.TempDir()
	store, err := image.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	name, err := image.ParseName("whole:1")
	if err != nil {
		t.Fatal(err)
	}
	load := func() *image.Image {
		var packed bytes.Buffer
		w := tar.NewWriter(&packed)
		if err := w.WriteHeader(&tar.Header{Name: "a", Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		w.Close()
		made, err := archive.Import(t.Context(), store, &packed, archive.ImportOptions{Names: []image.Name{name}, Created: time.Unix(1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return made.Image
	}
	verified := func(repair bool, want ...string) {
		t.Helper()
		found, err := store.Verify(t.Context(), repair)
		if err != nil || len(found) != len(want) {
			t.Fatalf("found %+v, %v; want %q", found, err, want)
		}
		for i, each := range want {
			if !strings.Contains(found[i].What, each) {
				t.Errorf("found %q, want %q", found[i].What, each)
			}
		}
	}
	made := load()
	verified(false)
	blob := func(hex string) string { return filepath.Join(dir, "oci/blobs/sha256", hex) }
	packed := blob(made.Manifest.Layers[0].Digest.Hex)
	if err := os.WriteFile(packed, []byte("rot"), 0o644); err != nil {
		t.Fatal(err)
	}
	verified(false, "is damaged", "the image runs")
	verified(true, "is damaged", "the image runs")
	if _, err := os.Stat(packed); err == nil {
		t.Error("the damaged blob is still there")
	}
	verified(false, "the image runs")
	load()
	verified(false)
	if err := os.WriteFile(blob(made.ID.Hex), []byte("rot"), 0o644); err != nil {
		t.Fatal(err)
	}
	verified(false, "is damaged", "has lost its manifest or its config")
	verified(true, "is damaged", "has lost its manifest or its config")
	verified(false)
	load()
	if _, err := store.Get("whole:1"); err != nil {
		t.Errorf("loaded again: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "layers")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(packed); err != nil {
		t.Fatal(err)
	}
	verified(false, "layer 1 is missing: the image cannot run")
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := store.Verify(over, false); !errors.Is(err, context.Canceled) {
		t.Errorf("after its context has ended: %v", err)
	}
}
