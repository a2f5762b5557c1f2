package image

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/image/base"
)

// named gives an image of the store one more name.
func named(t *testing.T, s *Store, image *Image, name string) {
	t.Helper()
	parsed, err := ParseName(name)
	if err != nil {
		t.Fatal(err)
	}
	index, err := s.readIndex()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(index.Manifests, func(d v1.Descriptor) bool { return d.Digest == image.Digest })
	entry := index.Manifests[at]
	entry.Annotations = map[string]string{sizeAnnotation: entry.Annotations[sizeAnnotation]}
	if err := s.addToIndex(parsed, entry); err != nil {
		t.Fatal(err)
	}
}

func ensured(t *testing.T, dir string, files map[string]string) (*Store, *Image) {
	t.Helper()
	s := storeWith(t, dir, files)
	if err := s.EnsureBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	image, err := s.Get(BaseName)
	if err != nil {
		t.Fatal(err)
	}
	return s, image
}

func TestANewBaseTakesTheNameOfTheOld(t *testing.T) {
	dir := t.TempDir()
	_, old := ensured(t, dir, map[string]string{"a": "1"})
	s, current := ensured(t, dir, map[string]string{"a": "22"})
	if current.ID == old.ID {
		t.Fatal("another layer made the same ID")
	}
	same, err := s.Get(old.ID.String())
	if err != nil || len(same.Names) != 0 || same.Size != old.Size {
		t.Errorf("the old image = %+v, %v; want it without a name, with its size", same, err)
	}
	if images, _ := s.List(); len(images) != 2 {
		t.Errorf("%d images, want 2", len(images))
	}
	if size, err := s.Size(); size != 3 || err != nil {
		t.Errorf("Size = %d, %v; want 3", size, err)
	}
	// And back: the stamp must not claim that all is as it should be.
	if _, again := ensured(t, dir, map[string]string{"a": "1"}); again.ID != old.ID {
		t.Errorf("the older program finds %s, want its own %s", again.ID, old.ID)
	}
	if images, _ := s.List(); len(images) != 2 {
		t.Errorf("%d images after going back, want 2", len(images))
	}
}

func TestTheBaseHasTheSameIDEverywhere(t *testing.T) {
	_, one := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	_, two := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	if one.ID != two.ID || one.Digest != two.Digest {
		t.Errorf("IDs %s and %s, want the same", one.ID, two.ID)
	}
}

func TestRemoveTakesTheNameThenTheImage(t *testing.T) {
	s, image := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	named(t, s, image, "other:1")

	removed, err := s.Remove(t.Context(), "mini/box", RemoveOptions{})
	if err != nil || !slices.Equal(removed.Untagged, []string{"mini/box:latest"}) || len(removed.Deleted) != 0 {
		t.Fatalf("Remove mini/box = %+v, %v; want untagged only", removed, err)
	}
	if dirs, err := s.Layers(t.Context(), image); err != nil || len(dirs) != 1 {
		t.Errorf("layers after the first name = %v, %v", dirs, err)
	}
	removed, err = s.Remove(t.Context(), "other:1", RemoveOptions{})
	if err != nil || !slices.Equal(removed.Deleted, []v1.Hash{image.ID}) {
		t.Fatalf("Remove other:1 = %+v, %v; want the image deleted", removed, err)
	}
	for _, dir := range []string{s.blobsDir(), s.layersDir()} {
		if left, _ := os.ReadDir(dir); len(left) != 0 {
			t.Errorf("%s holds %v", dir, left)
		}
	}
	if _, err := s.Remove(t.Context(), "other:1", RemoveOptions{}); !errors.Is(err, ErrNotFound) || err.Error() != "No such image: other:1" {
		t.Errorf("removing again: %v", err)
	}
	// The base was removed by hand: the next start brings it back.
	if err := s.EnsureBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get("mini/box"); err != nil {
		t.Error(err)
	}
}

// A build whose steps are all cached makes the image that is there.
func TestAnImageThatIsThereIsNeitherWrittenNorMeasuredAgain(t *testing.T) {
	s, image := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	layers, err := s.Layers(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(layers[0], "b"), []byte("22"), 0o644); err != nil {
		t.Fatal(err)
	}
	name, err := ParseName(BaseName)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(s.indexPath())
	if err != nil {
		t.Fatal(err)
	}
	in := s.NewIntake()
	again, _, err := in.AddBuilt(t.Context(), image.Config, image.Manifest.Layers, name)
	if err != nil || again.ID != image.ID || again.Size != 1 {
		t.Fatalf("made again = %+v, %v; want image %s of 1 byte", again, err, image.ID)
	}
	if left, err := os.ReadDir(s.incomingDir()); err != nil || len(left) != 0 {
		t.Errorf("the intake has made %v, %v; want nothing", left, err)
	}
	if _, err := in.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(s.indexPath()); err != nil || !os.SameFile(before, after) {
		t.Errorf("the index was written again, or is gone: %v", err)
	}
	if err := in.Close(); err != nil {
		t.Error(err)
	}
}

func TestRemoveByIDWantsForceForSeveralNames(t *testing.T) {
	s, image := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	named(t, s, image, "other:1")
	var conflict *ConflictError
	if _, err := s.Remove(t.Context(), image.ShortID(), RemoveOptions{}); !errors.As(err, &conflict) {
		t.Errorf("without force: %v, want a conflict", err)
	}
	removed, err := s.Remove(t.Context(), image.ShortID(), RemoveOptions{Force: true})
	if err != nil || len(removed.Untagged) != 2 || len(removed.Deleted) != 1 {
		t.Errorf("with force: %+v, %v; want two names and the image", removed, err)
	}
}

func TestRemoveKeepsWhatOthersShare(t *testing.T) {
	dir := t.TempDir()
	_, old := ensured(t, dir, map[string]string{"a": "1"})
	s, current := ensured(t, dir, map[string]string{"a": "22"})
	if _, err := s.Remove(t.Context(), old.ID.Hex, RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
	if images, err := s.List(); err != nil || len(images) != 1 || images[0].ID != current.ID {
		t.Errorf("List = %v, %v; want the current base alone", images, err)
	}
	if left, _ := os.ReadDir(s.layersDir()); len(left) != 1 {
		t.Errorf("layers hold %v, want one", left)
	}
}

func TestRemoveKeepsTheLayersThatContainersStandOn(t *testing.T) {
	s, image := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	dirs, err := s.Layers(t.Context(), image)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Remove(t.Context(), "mini/box", RemoveOptions{Force: true, Keep: dirs}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dirs[0], "a")); string(text) != "1" {
		t.Errorf("the layer of a container: %q, %v", text, err)
	}
	if _, err := s.Prune(t.Context(), func(*Image) bool { return true }, RemoveOptions{}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(s.layersDir()); len(left) != 0 {
		t.Errorf("without the container layers hold %v", left)
	}
}

func TestDamageIsNamed(t *testing.T) {
	s, image := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	spoil := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(`{"schemaVersion":2`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	spoil(s.blobPath(image.Manifest.Layers[0].Digest))
	if err := os.RemoveAll(filepath.Join(s.layersDir(), image.Config.RootFS.DiffIDs[0].Hex)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Layers(t.Context(), image); err == nil {
		t.Error("a damaged layer was unpacked")
	}
	spoil(s.blobPath(image.ID))
	if _, err := s.Get("mini/box"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged config: %v, want an error that says so", err)
	}
	spoil(s.indexPath())
	if _, err := s.Get("mini/box"); err == nil || !strings.Contains(err.Error(), s.indexPath()) {
		t.Errorf("damaged index: %v, want its path", err)
	}
}

func TestGetSaysWhatItLookedFor(t *testing.T) {
	s := storeWith(t, filepath.Join(t.TempDir(), "never written"), nil)
	for given, want := range map[string]string{
		"nope":   "No such image: nope:latest",
		"abc123": "No such image: abc123:latest",
		"Nope":   "invalid reference format: repository name (library/Nope) must be lowercase",
		hex64:    "No such image: " + hex64,
		"a/b:c":  "No such image: a/b:c",
	} {
		if _, err := s.Get(given); err == nil || err.Error() != want {
			t.Errorf("Get(%q): %v, want %s", given, err, want)
		}
	}
}

func TestTheEmbeddedBaseOrTheWayToGetIt(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	packed, built := base.Layer()
	err = s.EnsureBase(t.Context())
	if !built {
		if !errors.Is(err, ErrNoBase) {
			t.Errorf("without a base: %v, want ErrNoBase", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if base.Stamp() == "" {
		t.Error("the embedded layer has no stamp")
	}
	image, err := s.Get("mini/box")
	if err != nil {
		t.Fatal(err)
	}
	if got := image.Manifest.Layers[0]; got.Size != int64(len(packed)) {
		t.Errorf("layer has %d bytes, want %d", got.Size, len(packed))
	}
}

func TestABuildWithoutABaseSaysSo(t *testing.T) {
	s := storeWith(t, t.TempDir(), nil)
	s.base = func() baseLayer { return baseLayer{packed: func() ([]byte, bool) { return nil, false }} }
	if err := s.EnsureBase(t.Context()); !errors.Is(err, ErrNoBase) {
		t.Errorf("EnsureBase = %v, want ErrNoBase", err)
	}
}
