package see

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// storeOf writes an engine's store of one image, whose two layers nobody opens.
func storeOf(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	blobs := filepath.Join(root, "oci/blobs/sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		name := hex.EncodeToString(sum[:])
		if err := os.WriteFile(filepath.Join(blobs, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`"digest":"sha256:%s","size":%d`, name, len(text))
	}
	config := write(fmt.Sprintf(`{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s","%s"]}}`, digest("a"), digest("b")))
	layer := fmt.Sprintf(`{"mediaType":"m","digest":"%s","size":1048576}`, digest("c"))
	manifest := write(fmt.Sprintf(`{"schemaVersion":2,"config":{"mediaType":"m",%s},"layers":[%s,%s]}`, config, layer, layer))
	index := fmt.Sprintf(`{"schemaVersion":2,"manifests":[{"mediaType":"m",%s,"annotations":{"io.containerd.image.name":"localhost/web:1"}}]}`, manifest)
	if err := os.WriteFile(filepath.Join(root, "oci/index.json"), []byte(index), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

func digest(digit string) string { return "sha256:" + strings.Repeat(digit, 64) }

func TestImagesOfAStore(t *testing.T) {
	images, err := ImagesIn(storeOf(t))
	if err != nil || len(images) != 1 {
		t.Fatalf("got %+v, error %v, want one image", images, err)
	}
	got := images[0]
	if !reflect.DeepEqual(got.Layers, []string{digest("b"), digest("a")}) {
		t.Errorf("got layers %v, want b above a", got.Layers)
	}
	short := strings.TrimPrefix(got.ID, "sha256:")[:12]
	if want := "localhost/web:1 " + short + ", 2 MiB"; got.String() != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhereNoEngineIsThereAreNoImages(t *testing.T) {
	if images, err := ImagesIn(filepath.Join(t.TempDir(), "none")); len(images) != 0 || err != nil {
		t.Errorf("got %v, error %v", images, err)
	}
	damaged := storeOf(t)
	if err := os.WriteFile(filepath.Join(damaged, "oci/index.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ImagesIn(damaged); err == nil {
		t.Error("a damaged store: got no error")
	}
}

func TestDiffTellsOfImages(t *testing.T) {
	before, after := small(), small()
	before.Images = []Image{{ID: digest("1"), Names: []string{"a:1"}}, {ID: digest("2"), Names: []string{"b:1"}}}
	after.Images = []Image{{ID: digest("1"), Names: nil}, {ID: digest("3"), Names: []string{"a:1"}}}
	var lines []string
	for _, c := range Diff(before, after).List {
		lines = append(lines, c.String())
	}
	want := []string{
		"- image b:1 222222222222, 0 B", "~ image 111111111111, 0 B (was a:1 111111111111, 0 B)", "+ image a:1 333333333333, 0 B",
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got %q\nwant %q", lines, want)
	}
}
