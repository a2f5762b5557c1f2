package layer

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func readTar(t testing.TB, packed []byte) []*tar.Header {
	t.Helper()
	var entries []*tar.Header
	r := tar.NewReader(bytes.NewReader(packed))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, h)
	}
}

// randomTree makes the entries of a layer that no program would write by hand:
// every kind of file, whiteouts and opaque directories among them.
func randomTree(random *rand.Rand) []tar.Header {
	entries := []tar.Header{directory("./")}
	dirs, files := []string{""}, []string{}
	for i := range 5 + random.IntN(40) {
		name := dirs[random.IntN(len(dirs))] + fmt.Sprintf("%c%d%s", 'a'+rune(random.IntN(26)), i, strings.Repeat("-é", random.IntN(60)))
		h := file(name, strings.Repeat("content ", random.IntN(20)))
		switch kind := random.IntN(9); {
		case kind == 0:
			h = symlink(name, strings.Repeat("../x", random.IntN(40)))
			h.Linkname += "end"
		case kind == 1 && len(files) > 0:
			h = hardLink(name, files[random.IntN(len(files))])
		case kind == 2:
			h = file(filepath.Join(filepath.Dir(name), whiteoutPrefix+filepath.Base(name)), "")
		case kind == 3:
			h = tar.Header{Typeflag: tar.TypeFifo, Name: name}
		case kind <= 5:
			h = directory(name)
			dirs = append(dirs, name+"/")
		}
		if h.Typeflag != tar.TypeSymlink && h.Typeflag != tar.TypeLink {
			h.Mode = int64(random.IntN(0o10000)) | 0o700
		}
		if h.Typeflag == tar.TypeReg && h.Linkname != "" {
			files = append(files, name)
			h.PAXRecords = map[string]string{paxXattr + "user.random": fmt.Sprint(random.Int())}
		}
		h.ModTime = time.Unix(random.Int64N(1<<32), random.Int64N(1e9))
		if os.Geteuid() == 0 && !UserXattr() {
			h.Uid, h.Gid = random.IntN(1<<31), random.IntN(1000)
		}
		entries = append(entries, h)
		if h.Typeflag == tar.TypeDir && random.IntN(4) == 0 {
			entries = append(entries, file(name+"/"+opaqueMarker, ""))
		}
	}
	return entries
}

// What Diff packs, Apply unpacks to the same directory, of which Diff packs the
// same bytes.
func TestDiffAndApplyAreInverse(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	for range rounds {
		original := randomTree(random)
		dir, result := apply(t, original...)
		first := diff(t, dir)
		copied, copyResult := applyArchive(t, first)
		if second := diff(t, copied); !bytes.Equal(first, second) {
			t.Fatalf("seed %d: packing what was unpacked gives other bytes", seed)
		}
		if copyResult.DiffID != DiffID("sha256:"+sha256Hex(first)) {
			t.Fatalf("seed %d: DiffID %s is not the archive's digest", seed, copyResult.DiffID)
		}
		if os.Geteuid() == 0 && !UserXattr() && len(result.Notes) > 0 {
			t.Fatalf("seed %d: not kept: %q", seed, result.Notes)
		}
		comparePacked(t, seed, original, readTar(t, first))
	}
}

// comparePacked holds what Diff wrote against the entries the directory was made
// from: equal after their own writer has packed both.
func comparePacked(t *testing.T, seed uint64, original []tar.Header, packed []*tar.Header) {
	t.Helper()
	byName := map[string]*tar.Header{}
	for _, h := range packed {
		byName[strings.TrimSuffix(h.Name, "/")] = h
	}
	opaque := map[string]bool{}
	for _, want := range original {
		if filepath.Base(want.Name) == opaqueMarker {
			opaque[filepath.Dir(want.Name)] = true
		}
	}
	for _, want := range original {
		got := byName[strings.TrimSuffix(want.Name, "/")]
		base := filepath.Base(want.Name)
		if strings.HasPrefix(base, whiteoutPrefix) {
			if hidden := opaque[filepath.Dir(want.Name)] && base != opaqueMarker; hidden != (got == nil) {
				t.Fatalf("seed %d: marker %s: packed %v", seed, want.Name, got)
			}
			continue
		}
		if got == nil {
			t.Fatalf("seed %d: %s is not packed", seed, want.Name)
		}
		if want.Typeflag == tar.TypeLink || got.Typeflag == tar.TypeLink {
			continue // which of the names comes first is Diff's choice
		}
		wantMode := want.Mode
		if want.Typeflag == tar.TypeSymlink {
			wantMode = 0o777
		}
		if got.Typeflag != want.Typeflag || got.Mode != wantMode || want.Typeflag == tar.TypeSymlink && got.Linkname != want.Linkname ||
			!want.ModTime.IsZero() && !got.ModTime.Equal(want.ModTime) {
			t.Fatalf("seed %d: packed %+v, want %+v", seed, got, want)
		}
		if os.Geteuid() == 0 && !UserXattr() && (got.Uid != want.Uid || got.Gid != want.Gid) {
			t.Fatalf("seed %d: owner %d:%d, want %d:%d", seed, got.Uid, got.Gid, want.Uid, want.Gid)
		}
	}
}

func TestDiffWritesWhiteoutsFirstAndSorted(t *testing.T) {
	dir, _ := apply(t, directory("./"), file("b", ""), file("a", ""), file(".wh.z", ""), directory("d"), file("d/.wh..wh..opq", ""))
	listener, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var names []string
	for _, h := range readTar(t, diff(t, dir)) {
		names = append(names, h.Name)
	}
	if got, want := strings.Join(names, " "), "./ .wh.z a b d/ d/.wh..wh..opq"; got != want {
		t.Errorf("packed %s, want %s", got, want)
	}
}

func TestDiffRefusesWhatALayerCannotSay(t *testing.T) {
	dir, _ := apply(t, directory("d"))
	if err := os.WriteFile(filepath.Join(dir, "d", ".wh.x"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Diff(t.Context(), dir, io.Discard, DiffOptions{UserXattr: UserXattr()}); !errors.Is(err, ErrReservedName) {
		t.Errorf("a file named .wh.x: %v, want ErrReservedName", err)
	}
}
