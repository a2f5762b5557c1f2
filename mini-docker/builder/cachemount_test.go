package builder

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"

	"drydock/testscripts/wait"
)

// Caches that are locked are waited for in one order, whatever the Dockerfile's is, and
// one that is mounted twice is not waited for by whoever holds it.
func TestCachesThatAreLockedDoNotWaitForEachOther(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), wait.Deadline)
	defer cancel()
	dir := t.TempDir()
	ids := []string{"a", "b", "a"}
	var all sync.WaitGroup
	for range 4 {
		slices.Reverse(ids[:2])
		order := slices.Clone(ids)
		all.Go(func() {
			for range 50 {
				m := &mounts{build: &build{cache: &cache{dir: dir}}}
				for _, id := range order {
					if err := m.cache(t.Context(), &instructions.Mount{CacheID: id, Target: "/" + id, CacheSharing: instructions.MountSharingLocked}); err != nil {
						t.Error(err)
					}
				}
				if err := m.make(ctx); err != nil || len(m.binds) != len(order) {
					t.Errorf("got %v, %v", m.binds, err)
				}
				if err := m.free(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// Who is killed in between leaves a folder that is not the one of the cache.
func TestACacheComesIntoItsPlaceWithItsMode(t *testing.T) {
	place := t.TempDir()
	empty := func(wanted *instructions.Mount) func(string) error {
		return func(dir string) error { return emptyCache(wanted)(t.Context(), dir) }
	}
	dir, mode := filepath.Join(place, "files"), uint64(0o700)
	wanted := &instructions.Mount{Mode: &mode}
	if os.Getuid() == 0 {
		owner := uint64(1234)
		wanted.UID = &owner
	} else {
		nobody := uint64(0) // whom an ordinary user may give nothing
		if err := makeCacheDir(dir, empty(&instructions.Mount{Mode: &mode, UID: &nobody})); err == nil {
			t.Error("a folder was given to root")
		}
		if _, err := os.Lstat(dir); !os.IsNotExist(err) {
			t.Errorf("a folder that could not be given away is in the place of the cache: %v", err)
		}
	}
	for range 2 { // and then it is there
		if err := makeCacheDir(dir, empty(wanted)); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("got %v, %v, want mode 0700", info, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(place, "new-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
