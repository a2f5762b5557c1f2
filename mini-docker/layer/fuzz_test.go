package layer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Whatever the bytes are, nothing is made outside, nothing stays behind after an
// error, and what was unpacked can be packed and unpacked again.
func FuzzApply(f *testing.F) {
	f.Add(archive(f, directory("d"), file("d/f", "x"), symlink("s", "d"), file("s/g", "y")))
	f.Add(archive(f, file(".wh.a", ""), file("d/.wh..wh..opq", ""), hardLink("b", "d/f")))
	f.Add(archive(f, symlink("a", ".."), file("a/x", "owned")))
	f.Add(gzipped(f, archive(f, file("f", "x"))))
	f.Add([]byte(gzipMagic))
	f.Fuzz(func(t *testing.T, packed []byte) {
		parent := t.TempDir()
		dir := filepath.Join(parent, "in", "layer")
		if err := os.Mkdir(filepath.Dir(dir), 0o755); err != nil {
			t.Fatal(err)
		}
		o := options()
		o.Limits = Limits{Bytes: 1 << 20, Entries: 100}
		_, err := Apply(t.Context(), dir, bytes.NewReader(packed), o)
		if around, _ := os.ReadDir(parent); len(around) != 1 {
			t.Fatalf("made outside: %v", around)
		}
		left, _ := os.ReadDir(filepath.Dir(dir))
		if err != nil {
			if len(left) != 0 {
				t.Fatalf("left behind after %v: %v", err, left)
			}
			return
		}
		if len(left) != 1 {
			t.Fatalf("beside the layer: %v", left)
		}
		first := diff(t, dir)
		again, _ := applyArchive(t, first)
		if !bytes.Equal(first, diff(t, again)) {
			t.Error("packing what was unpacked gives other bytes")
		}
	})
}
