package builder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/builder/transfer"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/flock"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"golang.org/x/sys/unix"
)

// cache shows a folder that outlives the build, so that a compiler or a package
// tool finds what it has fetched before. The layer must not depend on it. What it
// begins with may be files of a stage or an image: other files, another folder.
func (m *mounts) cache(ctx context.Context, wanted *instructions.Mount) error {
	if wanted.From == "" && wanted.Source != "" {
		return errors.New("--mount=type=cache with a source needs from=: the stage or image that the cache begins as")
	}
	id := wanted.CacheID
	if id == "" {
		id = wanted.Target
	}
	name, begin := []string{id}, emptyCache(wanted)
	if wanted.From != "" {
		first, err := m.shown(ctx, wanted)
		if err != nil {
			return err
		}
		if first.name != shownTree {
			return fmt.Errorf("--mount=type=cache: %s is not a folder", path.Join("/", wanted.Source))
		}
		name, begin = append(name, first.content...), m.filledCache(first.job)
	}
	id = digest(name...)
	m.note("cache", id, wanted.Target, fmt.Sprint(wanted.ReadOnly))
	m.caches = append(m.caches, cacheMount{id, wanted.CacheSharing, begin})
	m.later = append(m.later, func(context.Context) error {
		m.binds = append(m.binds, engine.Bind(m.cacheDirs[id], wanted.Target, wanted.ReadOnly))
		return nil
	})
	return nil
}

// cacheMount is a cache that a RUN wants.
type cacheMount struct {
	id      string // of what it is called, and of what it begins with
	sharing instructions.ShareMode
	begin   func(ctx context.Context, dir string) error
}

// lockCaches finds the folders of all caches that a RUN wants, each once, and in one
// order for all: two that are locked would otherwise wait for each other's.
func (m *mounts) lockCaches(ctx context.Context) error {
	m.cacheDirs = map[string]string{}
	slices.SortFunc(m.caches, func(a, b cacheMount) int { return strings.Compare(a.id, b.id) })
	for _, each := range m.caches {
		if m.cacheDirs[each.id] != "" {
			continue
		}
		dir, err := m.cacheDir(ctx, each)
		if err != nil {
			return err
		}
		m.cacheDirs[each.id] = dir
	}
	return nil
}

// cacheDir finds the folder. One that is private is nobody else's meanwhile: then
// there is another. For one that is locked this build waits.
func (m *mounts) cacheDir(ctx context.Context, wanted cacheMount) (string, error) {
	for number := 0; ; number++ {
		place := filepath.Join(m.build.cache.dir, "mounts", fmt.Sprintf("%s.%d", wanted.id, number))
		if err := os.MkdirAll(place, 0o700); err != nil {
			return "", err
		}
		held, err := lockCache(ctx, place, wanted.sharing)
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
		return dir, makeCacheDir(dir, func(made string) error { return wanted.begin(ctx, made) })
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

// emptyCache gives a folder the mode and the owner that a cache is to have.
func emptyCache(wanted *instructions.Mount) func(context.Context, string) error {
	mode := os.FileMode(0o755)
	if wanted.Mode != nil {
		mode = os.FileMode(*wanted.Mode)
	}
	return func(_ context.Context, dir string) error { return errors.Join(os.Chmod(dir, mode), own(dir, wanted)) }
}

// filledCache puts files in the place of a folder.
func (m *mounts) filledCache(files *transfer.Job) func(context.Context, string) error {
	return func(ctx context.Context, dir string) error {
		laid, err := m.build.layOut(ctx, files)
		if err != nil {
			return err
		}
		return unix.Rename(filepath.Join(laid, shownTree), dir) // over an empty folder, which os.Rename does not
	}
}

// makeCacheDir makes the folder, unless it is there. It comes into its place as it
// begins: nobody would make up for that later.
func makeCacheDir(dir string, begin func(dir string) error) error {
	if _, err := os.Lstat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(dir), "new-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made) // where somebody was faster
	if err := begin(made); err != nil {
		return err
	}
	err = unix.Renameat2(unix.AT_FDCWD, made, unix.AT_FDCWD, dir, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EEXIST) {
		return nil
	}
	return err
}
