package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/flock"
	"drydock/mini-docker/layer"
)

// Prune forgets what steps have made, and empties the folders of
// RUN --mount=type=cache but for those that a build is using, and removes what a build
// that was killed has left. It returns how many bytes of files it has removed. Layers
// that no image has go with the next image that is removed.
func Prune(ctx context.Context, e *engine.Engine) (int64, error) {
	if err := sweep(ctx, e); err != nil {
		return 0, err
	}
	var freed int64
	for _, name := range []string{"steps", "last"} {
		size, err := removeSized(filepath.Join(cacheDir(e), name))
		if err != nil {
			return freed, err
		}
		freed += size
	}
	mounts, err := filepath.Glob(filepath.Join(cacheDir(e), "mounts", "*"))
	if err != nil {
		return freed, err
	}
	for _, dir := range mounts {
		held, err := flock.Take(dir)
		if errors.Is(err, flock.ErrHeld) {
			continue // a build is using it
		}
		if err != nil {
			return freed, err
		}
		size, err := removeSized(filepath.Join(dir, "files"))
		freed += size
		held.Release()
		if err != nil {
			return freed, err
		}
	}
	return freed, nil
}

// sweep removes what builds have left that were killed: the container of a step, and
// then the secrets that it saw.
func sweep(ctx context.Context, e *engine.Engine) error {
	if err := e.SweepBuilds(ctx); err != nil {
		return fmt.Errorf("removing what a build has left that was killed: %w", err)
	}
	return e.SweepScratch(secretPrefix)
}

func removeSized(dir string) (int64, error) {
	size, err := layer.Size(dir)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	return size, errors.Join(err, os.RemoveAll(dir))
}

// CacheUse is what the build cache takes on the disk.
type CacheUse struct {
	Steps int   // that it remembers
	Bytes int64 // of files, which Prune removes
}

// CacheSize measures the build cache.
func CacheSize(e *engine.Engine) (use CacheUse, err error) {
	steps, err := os.ReadDir(filepath.Join(cacheDir(e), "steps"))
	if errors.Is(err, os.ErrNotExist) {
		return use, nil
	}
	use.Steps = len(steps)
	for _, each := range []string{"steps", "last", "mounts"} {
		size, failed := layer.Size(filepath.Join(cacheDir(e), each))
		if failed != nil && !errors.Is(failed, os.ErrNotExist) {
			err = errors.Join(err, failed)
		}
		use.Bytes += size
	}
	return use, err
}
