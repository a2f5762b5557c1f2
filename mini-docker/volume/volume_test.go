package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"drydock/mini-docker/format"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newStore returns a store with the volume "data".
func newStore(t *testing.T) *Store {
	t.Helper()
	s := New(Options{Root: t.TempDir()})
	_, err := s.Create(Volume{Name: "data", Labels: map[string]string{"for": "test"}})
	must(t, err)
	return s
}

func nobody() ([]string, error) { return nil, nil }

func TestAVolumeIsMadeOnceAndKeepsItsFiles(t *testing.T) {
	s := newStore(t)
	file := filepath.Join(s.Mountpoint("data"), "file")
	must(t, os.WriteFile(file, []byte("kept"), 0o644))
	again, err := s.Create(Volume{Name: "data", Labels: map[string]string{"for": "others"}})
	must(t, err)
	if again.Labels["for"] != "test" || again.Mountpoint != filepath.Dir(file) {
		t.Errorf("got %+v, want the volume that was there", again)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "kept" {
		t.Errorf("got %q, %v", text, err)
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].Name != "data" {
		t.Errorf("got %v, %v; want data alone", list, err)
	}
}

func TestAVolumeWhoseDescriptionIsDamagedIsStillOne(t *testing.T) {
	s := newStore(t)
	must(t, os.WriteFile(filepath.Join(s.of("data"), metaFile), []byte(`{"Labels":`), 0o600))
	v, err := s.Find("data")
	if err != nil || v.Name != "data" || v.Labels == nil || v.CreatedAt.IsZero() {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestAVolumeInUseStays(t *testing.T) {
	s := newStore(t)
	err := s.Remove("data", func() ([]string, error) { return []string{"one", "two"}, nil })
	if !errors.Is(err, ErrInUse) || err.Error() != "remove data: volume is in use - [one, two]" {
		t.Errorf("got %v", err)
	}
	if _, err := s.Find("data"); err != nil {
		t.Error(err)
	}
	must(t, s.Remove("data", nobody))
	if err := s.Remove("data", nobody); !errors.Is(err, ErrNotExist) || err.Error() != "get data: no such volume" {
		t.Errorf("got %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir(), "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestNamesThatAreNoFolders(t *testing.T) {
	s := newStore(t)
	for _, name := range []string{"", "a", ".data", "../data", "a/b", "a b", "ä1", strings.Repeat("x", 255), "-data"} {
		if _, err := s.Create(Volume{Name: name}); !errors.Is(err, ErrName) {
			t.Errorf("create %q: got %v, want ErrName", name, err)
		}
		if _, err := s.Find(name); !errors.Is(err, ErrNotExist) {
			t.Errorf("find %q: got %v, want ErrNotExist", name, err)
		}
	}
	if _, err := s.Create(Volume{Name: strings.Repeat("x", 254)}); err != nil {
		t.Error(err)
	}
}

func TestWhatACrashLeftIsInNobodysWay(t *testing.T) {
	s := newStore(t)
	gone := filepath.Join(s.dir(), gonePrefix+"gone")
	must(t, os.MkdirAll(filepath.Join(gone, dataDir), 0o755))
	must(t, os.MkdirAll(filepath.Join(s.hidden("new"), "half"), 0o755))
	if list, err := s.List(); err != nil || len(list) != 1 {
		t.Errorf("got %v, %v; want one volume", list, err)
	}
	if v, err := s.Create(Volume{Name: "new"}); err != nil || v.Name != "new" {
		t.Errorf("got %v, %v", v, err)
	}
	if _, err := os.Lstat(filepath.Join(s.of("new"), "half")); err == nil {
		t.Error("the new volume has what another one left")
	}
	must(t, s.Remove("data", nobody))
	if _, err := os.Lstat(gone); err == nil {
		t.Error("what was hidden before it could be removed is still there")
	}
}

func TestAStoreOfANewerFormatIsRefused(t *testing.T) {
	root := newStore(t).o.Root
	must(t, os.WriteFile(filepath.Join(root, "volumes.format"), []byte("2\n"), 0o600))
	var refused *format.Error
	s := New(Options{Root: root})
	if _, err := s.List(); !errors.As(err, &refused) {
		t.Errorf("list: got %v", err)
	}
	if _, err := s.Create(Volume{Name: "other"}); !errors.As(err, &refused) {
		t.Errorf("create: got %v", err)
	}
}

func TestManyMakeAndRemoveOneVolumeAtOnce(t *testing.T) {
	s := New(Options{Root: t.TempDir()})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 20 {
				if _, err := s.Create(Volume{Name: "data"}); err != nil && !errors.Is(err, ErrNotExist) {
					t.Errorf("create %d: %v", i, err)
				}
				if err := s.Remove("data", nobody); err != nil && !errors.Is(err, ErrNotExist) {
					t.Errorf("remove %d: %v", i, err)
				}
			}
		})
	}
	all.Wait()
	if list, err := s.List(); err != nil || len(list) > 0 {
		t.Errorf("got %v, %v; want none", list, err)
	}
}

func Example() {
	root, _ := os.MkdirTemp("", "volumes")
	defer os.RemoveAll(root)
	s := New(Options{Root: root})
	v, _ := s.Create(Volume{Name: "data"})
	os.WriteFile(filepath.Join(v.Mountpoint, "note"), []byte("outlives every container"), 0o644)
	fmt.Println(s.Remove("data", func() ([]string, error) { return []string{"4f2a"}, nil }))
	// Output: remove data: volume is in use - [4f2a]
}
