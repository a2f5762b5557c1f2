package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/flock"
)

// sweep clears away after containers whose owner was killed: the kernel ended
// them with it, but their cgroups stay until somebody removes them, and so does
// what the runtime wrote down. Looking for such takes two calls for each
// container that runs.
func (e *Engine) sweep(ctx context.Context) error {
	if err := e.containers.CheckFormat(); err != nil {
		return err
	}
	entries, err := os.ReadDir(e.states)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		id := entry.Name()
		if strings.HasPrefix(id, ".") || flock.IsHeld(e.containers.Dir(id)) {
			continue
		}
		c, err := e.Inspect(ctx, id)
		switch {
		case errors.Is(err, container.ErrNotExist): // its folder is gone, by whatever hand
			err = e.forget(id)
		case err == nil && e.isLeftOver(c):
			err = e.Remove(ctx, c, false)
		case err == nil && !c.State.Running && c.State.Status != container.Dead:
			_, err = e.recordEnd(ctx, id)
		}
		if err != nil && !errors.Is(err, container.ErrNotExist) && !errors.Is(err, flock.ErrHeld) {
			return err
		}
	}
	return e.Networks().Sweep()
}

// isLeftOver says whether the container should have been removed by a process
// that was killed before it could.
func (e *Engine) isLeftOver(c *container.Container) bool {
	if !c.HostConfig.AutoRemove || c.State.Running || flock.IsHeld(e.containers.Dir(c.ID)) {
		return false
	}
	_, err := os.Lstat(filepath.Join(e.containers.Dir(c.ID), waitsFile))
	return c.State.Status != container.Created || errors.Is(err, fs.ErrNotExist)
}
