package layer

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// shape describes a layer's directory in one line: whiteouts as !name, opaque
// directories as name/*.
func shape(t testing.TB, dir string) string {
	t.Helper()
	var names []string
	for _, entry := range readTar(t, diff(t, dir)) {
		base := filepath.Base(entry.Name)
		switch {
		case base == opaqueMarker:
			names = append(names, filepath.Dir(entry.Name)+"/*")
		case strings.HasPrefix(base, whiteoutPrefix):
			names = append(names, "!"+filepath.Join(filepath.Dir(entry.Name), base[len(whiteoutPrefix):]))
		case entry.Name != "./":
			names = append(names, entry.Name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func TestWhiteoutsApplyToLowerLayersWhateverTheOrder(t *testing.T) {
	for name, test := range map[string]struct {
		entries []tar.Header
		want    string
	}{
		"a name":                     {[]tar.Header{file(".wh.a", "")}, "!a"},
		"below an implied directory": {[]tar.Header{file("d/.wh.a", "")}, "!d/a d/"},
		"a file comes as well":       {[]tar.Header{file(".wh.a", ""), file("a", "new")}, "a"},
		"a directory comes as well":  {[]tar.Header{file(".wh.d", ""), directory("d"), file("d/f", "")}, "d/ d/* d/f"},
		"a directory is implied":     {[]tar.Header{file(".wh.d", ""), file("d/f", "")}, "d/ d/* d/f"},
		"opaque":                     {[]tar.Header{file("d/.wh..wh..opq", ""), directory("d"), file("d/f", "")}, "d/ d/* d/f"},
		"opaque root":                {[]tar.Header{file(".wh..wh..opq", ""), file("f", "")}, "./* f"},
		"opaque and a whiteout":      {[]tar.Header{file("d/.wh..wh..opq", ""), file("d/.wh.a", ""), file("d/f", "")}, "d/ d/* d/f"},
		"twice":                      {[]tar.Header{file(".wh.a", ""), file(".wh.a", "")}, "!a"},
		"aufs leftovers":             {[]tar.Header{file(".wh..wh.plnk", ""), file("f", "")}, "f"},
	} {
		t.Run(name, func(t *testing.T) {
			forwards, _ := apply(t, test.entries...)
			backwards := slices.Clone(test.entries)
			slices.Reverse(backwards)
			other, _ := apply(t, backwards...)
			if got := shape(t, forwards); got != test.want {
				t.Errorf("layer holds %q, want %q", got, test.want)
			}
			if got := shape(t, other); got != test.want {
				t.Errorf("in reverse order the layer holds %q, want %q", got, test.want)
			}
		})
	}
}

// A folder that hides all that is below needs no whiteouts, whichever comes first.
func TestAnOpaqueFolderHoldsNoWhiteouts(t *testing.T) {
	entries := []tar.Header{file("d/.wh..wh..opq", ""), file("d/.wh.a", ""), file("d/f", "")}
	for range 2 {
		dir, _ := apply(t, entries...)
		if got := seen(t, dir); got != "d/f" {
			t.Errorf("of %v the layer holds %q, want d/f alone", entries, got)
		}
		slices.Reverse(entries)
	}
}

// They are no whiteouts, so nothing of that name may come to hide anything; who
// misses them should find a word on it.
func TestLeftoversOfAufsAreNoted(t *testing.T) {
	dir, result := apply(t, file("d/.wh..wh.plnk", ""))
	if got := shape(t, dir); got != "" {
		t.Errorf("layer holds %q, want nothing", got)
	}
	if len(result.Notes) != 1 || !strings.Contains(result.Notes[0], "d/.wh..wh.plnk") {
		t.Errorf("notes are %q, want one on d/.wh..wh.plnk", result.Notes)
	}
}

func TestHidesBelowTellsAnOpaqueRoot(t *testing.T) {
	for marker, want := range map[string]bool{".wh..wh..opq": true, "d/.wh..wh..opq": false} {
		dir, _ := apply(t, file(marker, ""))
		if got, err := HidesBelow(dir, UserXattr()); got != want || err != nil {
			t.Errorf("HidesBelow with %s = %v, %v; want %v", marker, got, err, want)
		}
	}
}

// overlay mounts layers, the top one first, with an upper directory, and returns
// where they are seen as one.
func overlay(t *testing.T, lower ...string) (merged, upper string) {
	t.Helper()
	inOwnMounts(t)
	merged, writable := t.TempDir(), t.TempDir()
	upper, work := filepath.Join(writable, "u"), filepath.Join(writable, "w")
	for _, dir := range []string{upper, work} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	options := OverlayOptions(lower, upper, work, UserXattr())
	if err := unix.Mount("overlay", merged, "overlay", 0, strings.Join(options, ",")); err != nil {
		t.Fatalf("mounting overlay with %q: %v", options, err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(merged, 0); err != nil {
			t.Error(err)
		}
	})
	return merged, upper
}

// seen lists all files below a directory.
func seen(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, dir+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func lowerLayer(t *testing.T) string {
	dir, _ := apply(t, file("a", ""), file("b", ""), file("d/x", ""), file("d/y", ""), file("e/z", ""))
	return dir
}

func TestOverlayHidesWhatTheLayerRemoves(t *testing.T) {
	inOwnMounts(t)
	top, _ := apply(t, file(".wh.a", ""), file("d/.wh.x", ""), file("e/.wh..wh..opq", ""), file("e/new", ""))
	merged, _ := overlay(t, top, lowerLayer(t))
	if got, want := seen(t, merged), "b d/y e/new"; got != want {
		t.Errorf("overlay shows %q, want %q", got, want)
	}
}

func TestOverlayHidesWithoutDeviceNodes(t *testing.T) {
	inOwnMounts(t)
	dir := t.TempDir()
	packed := archive(t, file(".wh.a", ""), file("d/.wh.x", ""), file("e/.wh.z", ""), file("e/.wh..wh..opq", ""), file("e/new", ""))
	u := newUnpacker(t, dir, packed)
	u.mknod = func(int, string, uint32, int) error { return unix.EPERM }
	_, err := u.run()
	if !kernelAtLeast(6, 7) {
		if err == nil || !strings.Contains(err.Error(), "Linux 6.7") {
			t.Errorf("without device nodes, before Linux 6.7: %v, want an error that says so", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if got, want := shape(t, dir), "!a !d/x d/ e/ e/* e/new"; got != want {
		t.Errorf("layer holds %q, want %q", got, want)
	}
	merged, _ := overlay(t, dir, lowerLayer(t))
	if got, want := seen(t, merged), "b d/y e/new"; got != want {
		t.Errorf("overlay shows %q, want %q", got, want)
	}
}

// Of a file that could not be hidden nobody may believe that it was.
func TestAWhiteoutThatCannotBeMadeIsAnError(t *testing.T) {
	u := newUnpacker(t, t.TempDir(), archive(t, file(".wh.a", "")))
	u.mknod = func(int, string, uint32, int) error { return unix.ENOSPC }
	if _, err := u.run(); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("on a full disk: %v, want %v", err, unix.ENOSPC)
	}
}

func newUnpacker(t testing.TB, dir string, packed []byte) *unpacker {
	t.Helper()
	s, err := newStream(t.Context(), bytes.NewReader(packed), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	at, err := openRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(at.close)
	return &unpacker{root: at, archive: s, options: options(), euid: os.Geteuid(), buffer: make([]byte, 4096), mknod: unix.Mknodat}
}

// What a container does through an overlay, packed and put on the same layers,
// shows the same files.
func TestDiffOfAnOverlayIsTheChange(t *testing.T) {
	inOwnMounts(t)
	lower := lowerLayer(t)
	merged, upper := overlay(t, lower)
	in := func(name string) string { return filepath.Join(merged, name) }
	for _, err := range []error{
		os.Remove(in("a")), os.RemoveAll(in("d")), os.Mkdir(in("d"), 0o755),
		os.WriteFile(in("d/new"), []byte("1"), 0o644), os.Remove(in("e/z")),
		os.Symlink("b", in("link")), os.Chmod(in("b"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	layer := diff(t, upper)
	if got, want := shape(t, upper), "!a !e/z b d/ d/* d/new e/ link"; got != want {
		t.Errorf("upper holds %q, want %q", got, want)
	}
	top, _ := applyArchive(t, layer)
	again, _ := overlay(t, top, lower)
	if got, want := seen(t, again), seen(t, merged); got != want {
		t.Errorf("on the same layers the change shows %q, want %q", got, want)
	}
}

func TestOverlayTakesAnyPath(t *testing.T) {
	inOwnMounts(t)
	odd := filepath.Join(t.TempDir(), `a,b:c\d`)
	if _, err := Apply(t.Context(), odd, bytes.NewReader(archive(t, file("f", ""))), options()); err != nil {
		t.Fatal(err)
	}
	merged, _ := overlay(t, odd, lowerLayer(t))
	if got, want := seen(t, merged), "a b d/x d/y e/z f"; got != want {
		t.Errorf("overlay shows %q, want %q", got, want)
	}
	t.Setenv("TMPDIR", odd) // upper and work, too
	if merged, _ = overlay(t, lowerLayer(t)); seen(t, merged) == "" {
		t.Error("overlay with an odd upper directory is empty")
	}
}
