package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"
)

// tarOf packs entries in their order. Content stands behind a header of its name.
func tarOf(t testing.TB, entries ...tar.Header) []byte {
	t.Helper()
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, header := range entries {
		content := header.PAXRecords["content"]
		header.PAXRecords, header.Size, header.Mode = nil, int64(len(content)), 0o644
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buffer.Bytes()
}

func file(name, content string) tar.Header {
	return tar.Header{Typeflag: tar.TypeReg, Name: name, PAXRecords: map[string]string{"content": content}}
}

func symlink(name, target string) tar.Header {
	return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target}
}

func hexOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

// configOf is the config of an image with these layers.
func configOf(layers ...string) string {
	var ids []string
	for _, each := range layers {
		ids = append(ids, "sha256:"+hexOf(each))
	}
	text, _ := json.Marshal(map[string]any{
		"architecture": image.ThisMachine().Architecture, "os": "linux", "config": map[string]any{"Cmd": []string{"sh"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": ids},
	})
	return string(text)
}

func newStore(t testing.TB) (*image.Store, string) {
	t.Helper()
	dir := t.TempDir()
	store, err := image.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return store, dir
}

func loadBytes(t testing.TB, store *image.Store, packed []byte) ([]Loaded, error) {
	t.Helper()
	return Load(t.Context(), store, Source{Archive: bytes.NewReader(packed)})
}

// dockerArchive is what `docker save` wrote before version 25, with two equal
// layers, of which the second is a link.
func dockerArchive(t testing.TB) (packed []byte, id string) {
	one := string(tarOf(t, file("a", "1")))
	config := configOf(one, one)
	return tarOf(t,
		file("x/layer.tar", one),
		symlink("y/layer.tar", "../x/layer.tar"),
		file("c.json", config),
		file("manifest.json", `[{"Config":"c.json","RepoTags":["first:1","second:2"],"Layers":["x/layer.tar","y/layer.tar"]}]`),
		file("repositories", "{}"),
	), "sha256:" + hexOf(config)
}

func TestLoadReadsADockerArchive(t *testing.T) {
	packed, id := dockerArchive(t)
	store, _ := newStore(t)
	loaded, err := loadBytes(t, store, packed)
	if err != nil || len(loaded) != 1 || loaded[0].ID.String() != id || strings.Join(loaded[0].Names, " ") != "first:1 second:2" {
		t.Fatalf("got %+v, %v; want %s as first:1 and second:2", loaded, err, id)
	}
	found, err := store.Get("second:2")
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := store.Layers(t.Context(), found)
	if err != nil || len(dirs) != 2 {
		t.Fatalf("layers %v, %v", dirs, err)
	}
	if text, err := os.ReadFile(filepath.Join(dirs[0], "a")); string(text) != "1" {
		t.Errorf("a = %q, %v", text, err)
	}
}

func TestWhatIsSavedIsLoadedWithTheSameIDAndDigest(t *testing.T) {
	packed, id := dockerArchive(t)
	from, _ := newStore(t)
	if _, err := loadBytes(t, from, packed); err != nil {
		t.Fatal(err)
	}
	var saved, again bytes.Buffer
	for _, w := range []io.Writer{&saved, &again} {
		if err := Save(t.Context(), from, w, "first:1", "second:2"); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(saved.Bytes(), again.Bytes()) {
		t.Error("saving twice makes two archives")
	}
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	if _, err := w.Write(saved.Bytes()); err != nil {
		t.Fatal(err)
	}
	w.Close()
	to, _ := newStore(t)
	loaded, err := loadBytes(t, to, compressed.Bytes())
	if err != nil || len(loaded) != 1 || loaded[0].ID.String() != id || strings.Join(loaded[0].Names, " ") != "first:1 second:2" {
		t.Fatalf("got %+v, %v; want %s with two names", loaded, err, id)
	}
	before, err := from.Get("first:1")
	if err != nil || before.Digest != loaded[0].Digest {
		t.Errorf("digest %v became %v, %v", before, loaded[0].Digest, err)
	}
}

// Each archive is broken or hostile in one way. None may be taken, nothing of it
// may stay, and nothing may come to be outside the store.
func TestLoadRefusesBadArchives(t *testing.T) {
	one := string(tarOf(t, file("a", "1")))
	good := configOf(one)
	manifest := func(config, layer string) tar.Header {
		return file("manifest.json", `[{"Config":"`+config+`","Layers":["`+layer+`"]}]`)
	}
	index := func(manifest string) []tar.Header {
		return []tar.Header{file("oci-layout", `{"imageLayoutVersion":"1.0.0"}`),
			file("index.json", `{"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:`+hexOf(manifest)+`","size":`+"1"+`}]}`),
			file("blobs/sha256/"+hexOf(manifest), manifest)}
	}
	climbing := configOf(string(tarOf(t, file("../../victim", "owned"))))
	for name, test := range map[string]struct {
		want    error // nil: any
		entries []tar.Header
	}{
		"nothing":                        {ErrNoImage, nil},
		"other files":                    {ErrNoImage, []tar.Header{file("etc/passwd", "root")}},
		"empty list":                     {ErrNoImage, []tar.Header{file("manifest.json", "[]")}},
		"no JSON":                        {nil, []tar.Header{file("manifest.json", "{")}},
		"config is missing":              {nil, []tar.Header{file("l", one), manifest("c", "l")}},
		"config outside":                 {nil, []tar.Header{file("l", one), manifest("../../../../../../etc/hostname", "l")}},
		"config is a link outside":       {nil, []tar.Header{file("l", one), symlink("c", "/etc/hostname"), manifest("c", "l")}},
		"links in a circle":              {nil, []tar.Header{file("l", one), symlink("c", "d"), symlink("d", "c"), manifest("c", "l")}},
		"layer is missing":               {nil, []tar.Header{file("c", good), manifest("c", "l")}},
		"another layer":                  {layer.ErrDiffID, []tar.Header{file("c", good), file("l", string(tarOf(t, file("b", "2")))), manifest("c", "l")}},
		"layer that climbs":              {layer.ErrUnsafePath, []tar.Header{file("c", climbing), file("l", string(tarOf(t, file("../../victim", "owned")))), manifest("c", "l")}},
		"fewer layers than promised":     {image.ErrMalformed, []tar.Header{file("c", configOf(one, one)), file("l", one), manifest("c", "l")}},
		"blob that lies":                 {ErrDigest, []tar.Header{file("blobs/sha256/"+hexOf("x"), "y")}},
		"index to nothing":               {ErrNoImage, []tar.Header{file("oci-layout", "{}"), file("index.json", "{}")}},
		"manifest without config":        {image.ErrMalformed, index(`{"layers":[]}`)},
		"manifest with a path as digest": {nil, index(`{"config":{"digest":"sha256:../../../../etc/passwd"}}`)},
		"unknown name":                   {image.ErrInvalidName, []tar.Header{file("c", good), file("l", one), file("manifest.json", `[{"Config":"c","RepoTags":["A B"],"Layers":["l"]}]`)}},
	} {
		t.Run(name, func(t *testing.T) {
			store, dir := newStore(t)
			loaded, err := loadBytes(t, store, tarOf(t, test.entries...))
			if err == nil || test.want != nil && !errors.Is(err, test.want) {
				t.Errorf("got %v, %v; want the error %v", loaded, err, test.want)
			}
			nothingLeft(t, store, dir)
		})
	}
}

func nothingLeft(t *testing.T, store *image.Store, dir string) {
	t.Helper()
	if images, err := store.List(); err != nil || len(images) != 0 {
		t.Errorf("images %v, %v", images, err)
	}
	for _, each := range []string{"incoming", "layers", "oci/blobs/sha256"} {
		if left, _ := os.ReadDir(filepath.Join(dir, each)); len(left) != 0 {
			t.Errorf("%s holds %v", each, left)
		}
	}
	if _, err := os.Lstat(filepath.Join(filepath.Dir(dir), "victim")); err == nil {
		t.Error("the archive climbed out")
	}
}

// A cut archive is refused wherever it is cut, and leaves nothing.
func TestLoadRefusesACutArchive(t *testing.T) {
	packed, _ := dockerArchive(t)
	for _, length := range []int{1, 511, 700, 2048, len(packed) / 2} {
		store, dir := newStore(t)
		if loaded, err := loadBytes(t, store, packed[:length]); err == nil {
			t.Errorf("%d bytes of %d: got %v", length, len(packed), loaded)
		}
		nothingLeft(t, store, dir)
	}
}

// A damaged blob is noticed when it is saved, not by who loads it.
func TestSaveNoticesDamage(t *testing.T) {
	packed, _ := dockerArchive(t)
	store, dir := newStore(t)
	loaded, err := loadBytes(t, store, packed)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "oci/blobs/sha256", loaded[0].Manifest.Layers[0].Digest.Hex)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[0] ^= 1
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Save(t.Context(), store, io.Discard, "first:1"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("got %v", err)
	}
}

func TestImportMakesAnImageOfARootFileSystem(t *testing.T) {
	store, _ := newStore(t)
	packed := tarOf(t, file("bin/sh", "#!"))
	name, err := image.ParseName("debian:12")
	if err != nil {
		t.Fatal(err)
	}
	imported, err := Import(t.Context(), store, bytes.NewReader(packed), ImportOptions{
		Names: []image.Name{name}, Message: "from a test", Created: time.Unix(1, 0),
	})
	if err != nil {
		t.Fatal(err)
	}
	found, err := store.Get("debian:12")
	if err != nil || found.ID != imported.ID || found.Config.History[0].Comment != "from a test" || found.Size != 2 {
		t.Errorf("got %+v, %v", found, err)
	}
	if got, want := found.Config.RootFS.DiffIDs[0].Hex, hexOf(string(packed)); got != want {
		t.Errorf("DiffID %s, want %s", got, want)
	}
}

// Whatever the bytes are, a load leaves a whole image or nothing.
func FuzzLoad(f *testing.F) {
	packed, _ := dockerArchive(f)
	f.Add(packed)
	store, _ := newStore(f)
	if _, err := loadBytes(f, store, packed); err != nil {
		f.Fatal(err)
	}
	var saved bytes.Buffer
	if err := Save(f.Context(), store, &saved, "first:1"); err != nil {
		f.Fatal(err)
	}
	f.Add(saved.Bytes())
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		store, dir := newStore(t)
		loaded, err := Load(t.Context(), store, Source{Archive: bytes.NewReader(packed)})
		if err != nil {
			nothingLeft(t, store, dir)
			return
		}
		for _, each := range loaded {
			if _, err := store.Layers(t.Context(), each.Image); err != nil {
				t.Error(err)
			}
		}
	})
}
