package builder

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"drydock/mini-docker/image"
)

// A build whose steps are all cached waits for no disk: the list of images and what is
// remembered of a step, which are replaced as a whole, stay the files that they were. A
// new name is written.
func TestABuildThatMakesNothingNewWritesNothing(t *testing.T) {
	p := newPlace(t, map[string]string{"a": "1"})
	index := filepath.Join(p.engine.Root(), "oci", "index.json")
	remembered := func() os.FileInfo {
		all, err := filepath.Glob(filepath.Join(cacheDir(p.engine), "last", "*"))
		if err != nil || len(all) != 1 {
			t.Fatalf("of one step is remembered %q, %v", all, err)
		}
		info, err := os.Stat(all[0])
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	built := func(tag string) os.FileInfo {
		name, err := image.ParseName(tag)
		if err != nil {
			t.Fatal(err)
		}
		p.built(t, "FROM scratch; COPY a /a", func(o *Options) { o.Tags = []image.Name{name} })
		info, err := os.Stat(index)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	first := built("one")
	step := remembered()
	if !os.SameFile(first, built("one")) {
		t.Error("the list of images was written once more")
	}
	if !os.SameFile(step, remembered()) {
		t.Error("what is remembered of the step was written once more")
	}
	if os.SameFile(first, built("two")) {
		t.Error("a new name was not written")
	}
	store, err := p.engine.Images(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Get("two"); err != nil {
		t.Error(err)
	}
}

// The same files make the same image, wherever they lie, whenever they were written,
// and whoever they belong to.
func TestTheSameContextMakesTheSameImage(t *testing.T) {
	const dockerfile = "FROM scratch; COPY --chmod=755 d /d; COPY a b /x/; WORKDIR /w; COPY <<E /e\ntext\nE"
	files := map[string]string{"a": "1", "b": "2", "d/e": "3", "d/f/g": "4"}
	one, two := newPlace(t, files), newPlace(t, files)
	long := time.Now().Add(-1000 * time.Hour)
	err := filepath.WalkDir(two.dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if os.Geteuid() == 0 {
			err = os.Lchown(path, 4711, 4712)
		}
		if err == nil {
			err = os.Chtimes(path, long, long)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := one.built(t, dockerfile).ID, two.built(t, dockerfile).ID; a != b {
		t.Errorf("got %s and %s", a, b)
	}
}
