package image

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestANewerStoreIsRefused(t *testing.T) {
	s, _ := ensured(t, t.TempDir(), map[string]string{"a": "1"})
	text, err := os.ReadFile(s.indexPath())
	if err != nil {
		t.Fatal(err)
	}
	newer := strings.Replace(string(text), `"`+formatAnnotation+`":"2"`, `"`+formatAnnotation+`":"3"`, 1)
	if newer == string(text) {
		t.Fatalf("the index carries no version: %s", text)
	}
	if err := os.WriteFile(s.indexPath(), []byte(newer), 0o644); err != nil {
		t.Fatal(err)
	}
	var format *FormatError
	if _, err := s.List(); !errors.As(err, &format) || format.Version != 3 {
		t.Errorf("listing: %v, want a format error", err)
	}
	if _, _, err := s.NewIntake().AddBlob(t.Context(), strings.NewReader("blob")); !errors.As(err, &format) {
		t.Errorf("adding: %v, want a format error", err)
	}
}

// A store of the first format has no number, and root's layers no marks for users.
func TestAnOlderStoreIsBroughtUp(t *testing.T) {
	s, image := ensured(t, t.TempDir(), map[string]string{"d/.wh..wh..opq": "", "d/a": "1"})
	text, err := os.ReadFile(s.indexPath())
	if err != nil {
		t.Fatal(err)
	}
	older := strings.Replace(string(text), `"annotations":{"`+formatAnnotation+`":"2"}`, `"annotations":{}`, 1)
	if older == string(text) {
		t.Fatalf("no version to take away: %s", text)
	}
	if err := os.WriteFile(s.indexPath(), []byte(older), 0o644); err != nil {
		t.Fatal(err)
	}
	opaque := filepath.Join(s.layersDir(), image.Config.RootFS.DiffIDs[0].Hex, "d")
	const mark = "user.overlay.opaque"
	if !s.userXattr {
		if err := unix.Removexattr(opaque, mark); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.RenewBase(t.Context()); err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 1)
	if _, err := unix.Getxattr(opaque, mark, value); err != nil || string(value) != "y" {
		t.Errorf("%s of the layer = %q, %v; want y", mark, value, err)
	}
	if index, err := s.readIndex(); err != nil || version(index) != formatVersion {
		t.Errorf("the index has format %d, %v", version(index), err)
	}
}
