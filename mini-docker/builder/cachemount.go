package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"golang.org/x/sys/unix"

	"drydock/mini-docker/engine"
)

// cache shows a folder that outlives the build, so that a compiler or a package
// tool finds what it has fetched before. The layer must not depend on it.
func (m *mounts) cache(wanted *instructions.Mount) error {
	if wanted.From != "" || wanted.Source != "" {
		return errors.New("--mount=type=cache with from or source is not supported: a cache starts empty")
	}
	id := wanted.CacheID
	if id == "" {
		id = wanted.Target
	}
	m.note("cache", id, wanted.Target, fmt.Sprint(wanted.ReadOnly))
	m.later = append(m.later, func(ctx context.Context) error {
		dir, err := m.cacheDir(ctx, digest(id), wanted)
		m.binds = append(m.binds, engine.Bind(dir, wanted.Target, wanted.ReadOnly))
		return err
	})
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
		how, wait := unix.LOCK_SH, true // which keeps it from being pruned
		switch wanted.CacheSharing {
		case instructions.MountSharingLocked:
			how = unix.LOCK_EX
		case instructions.MountSharingPrivate:
			how, wait = unix.LOCK_EX, false
		}
		held, err := lock(ctx, place, how, wait)
		if errors.Is(err, unix.EWOULDBLOCK) {
			continue
		}
		if err != nil {
			return "", err
		}
		m.undo = append(m.undo, held.Close)
		dir := filepath.Join(place, "files")
		return dir, makeCacheDir(dir, wanted)
	}
}

func makeCacheDir(dir string, wanted *instructions.Mount) error {
	err := os.Mkdir(dir, 0o755)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	mode := os.FileMode(0o755)
	if wanted.Mode != nil {
		mode = os.FileMode(*wanted.Mode)
	}
	return errors.Join(err, os.Chmod(dir, mode), own(dir, wanted))
}

// lockPoll is how often a waiting build asks again: flock(2) cannot give up when a
// context ends.
const lockPoll = 10 * time.Millisecond

// lock locks a folder (flock(2)) for as long as the file is open, waiting for it if
// need be.
func lock(ctx context.Context, dir string, how int, wait bool) (*os.File, error) {
	file, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	again := time.NewTicker(lockPoll)
	defer again.Stop()
	for {
		err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return file, nil
		}
		if !wait || !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return nil, errors.Join(err, file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), file.Close())
		case <-again.C:
		}
	}
}
