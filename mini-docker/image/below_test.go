package image

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A sandbox's store stands on its host's: images of both are there, and nothing is
// written to the host's.
func TestImagesOfAStoreBelowAreThere(t *testing.T) {
	hostDir := t.TempDir()
	_, inHost := ensured(t, hostDir, map[string]string{"a": "1"})
	before := tree(t, hostDir)

	s, err := Open(t.TempDir(), hostDir)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.Get("mini/box")
	if err != nil || found.ID != inHost.ID {
		t.Fatalf("Get = %v, %v; want the host's %s", found, err, inHost.ID)
	}
	dirs, err := s.Layers(t.Context(), found)
	if err != nil || len(dirs) != 1 || !strings.HasPrefix(dirs[0], hostDir) {
		t.Errorf("Layers = %v, %v; want the host's", dirs, err)
	}
	name, err := ParseName("mine:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Tag(t.Context(), found, name); err != nil {
		t.Fatal(err)
	}
	images, err := s.List()
	if err != nil || len(images) != 1 || strings.Join(images[0].Names, " ") != "mine:1 mini/box:latest" {
		t.Errorf("List = %+v, %v; want one image with two names", images, err)
	}
	if _, err := s.Remove(t.Context(), "mini/box", RemoveOptions{}); err == nil || !strings.Contains(err.Error(), "host") {
		t.Errorf("removing the host's: %v", err)
	}
	if _, err := s.Remove(t.Context(), "mine:1", RemoveOptions{}); err != nil {
		t.Error(err)
	}
	if after := tree(t, hostDir); after != before {
		t.Errorf("the host's store was\n%s\nand is\n%s", before, after)
	}
}

func tree(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err == nil {
			names = append(names, path+" "+info.Mode().String()+" "+info.ModTime().String())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, "\n")
}
