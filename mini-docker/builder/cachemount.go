package builder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/flock"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"golang.org/x/sys/unix"
)

// cache shows a folder that outlives the build, so that a compiler or a package
// tool finds what it has fetched before. The layer must not depend on it.
func (m *mounts) cache(wanted *instructions.Mount) error {
	if wanted.From != "" || wanted.Source != "" {
		return errors.New("--mount=type=cache with from or source is not supported: a cache starts empty")
	}
	if wanted.CacheID == "" {
		wanted.CacheID = wanted.Target
	}
	m.note("cache", wanted.CacheID, wanted.Target, fmt.Sprint(wanted.ReadOnly))
	m.caches = append(m.caches, wanted)
	m.later = append(m.later, func(context.Context) error {
		m.binds = append(m.binds, engine.Bind(m.cacheDirs[wanted.CacheID], wanted.Target, wanted.ReadOnly))
		return nil
	})
	return nil
}

// lockCaches finds the folders of all caches that a RUN wants, each once, and in one
// order for all: two that are locked would otherwise wait for each other's.
func (m *mounts) lockCaches(ctx context.Context) error {
	m.cacheDirs = map[string]string{}
	slices.SortFunc(m.caches, func(a, b *instructions.Mount) int { return strings.Compare(a.CacheID, b.CacheID) })
	for _, each := range m.caches {
		if m.cacheDirs[each.CacheID] != "" {
			continue
		}
		dir, err := m.cacheDir(ctx, digest(each.CacheID), each)
		if err != nil {
			return err
		}
		m.cacheDirs[each.CacheID] = dir
	}
	return nil
}

// cacheDir finds the folder. One that is private is nobody else's meanwhile: then
// there is another. For one that is locked this build waits.
func (m *mounts) cacheDir(ctx context.Context, id string, wanted *instructions.Mount) (string, error) {
	for number := 0; ; number++ {
		place := filepath.Join(m.build.cache.dir, "mounts", fmt.Sprintf("%s.%d", id, number))
		if err := os.MkdirAll(place, 0o700); err != nil {
			return "", err
		}
		held, err := lockCache(ctx, place, wanted.CacheSharing)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case errors.Is(err, flock.ErrHeld):
			continue
		case errors.Is(err, fs.ErrNotExist): // pruned in between
			number--
			continue
		case err != nil:
			return "", err
		}
		m.undo = append(m.undo, func() error { held.Release(); return nil })
		dir := filepath.Join(place, "files")
		return dir, makeCacheDir(dir, wanted)
	}
}

// lockCache locks a cache as it is shared, which keeps it from being pruned.
func lockCache(ctx context.Context, place string, sharing instructions.ShareMode) (*flock.Lock, error) {
	switch sharing {
	case instructions.MountSharingLocked:
		return flock.Await(ctx, place)
	case instructions.MountSharingPrivate:
		return flock.Take(place)
	}
	return flock.AwaitShared(ctx, place)
}

// makeCacheDir makes the folder, unless it is there. It comes into its place with
// the mode and the owner that it is to have: nobody would set them later.
func makeCacheDir(dir string, wanted *instructions.Mount) error {
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return err
	}
	defer os.Remove(made) // where somebody was faster
	mode := os.FileMode(0o755)
	if wanted.Mode != nil {
		mode = os.FileMode(*wanted.Mode)
	}
	if err := errors.Join(os.Chmod(made, mode), own(made, wanted)); err != nil {
		return err
	}
	err = unix.Renameat2(unix.AT_FDCWD, made, unix.AT_FDCWD, dir, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}
