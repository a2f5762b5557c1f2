package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drydock/mini-docker/runtime"
)

// sweep clears away after containers whose owner was killed: the kernel ended
// them with it, but their cgroups stay until somebody removes them, and so does
// what the runtime wrote down. Looking for such takes two calls for each
// container that runs.
func (e *Engine) sweep(ctx context.Context) error {
	entries, err := os.ReadDir(e.states)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		id := entry.Name()
		if strings.HasPrefix(id, ".") || isLocked(e.dir(id)) {
			continue
		}
		c, err := e.Inspect(ctx, id)
		switch {
		case errors.Is(err, ErrNotExist): // its folder is gone, by whatever hand
			err = e.forget(id)
		case err == nil && e.isLeftOver(c):
			err = e.Remove(ctx, c, false)
		}
		if err != nil && !errors.Is(err, ErrNotExist) && !errors.Is(err, errLocked) {
			return err
		}
	}
	return nil
}

// recordLoss writes down that a container ended without anybody to see it, and
// clears away what the runtime has of it. When it ended is not known: it is
// dated to when it was first noticed. One that was paused may not even have
// ended: where cgroups are of version 1, a process that is frozen cannot die.
func (e *Engine) recordLoss(c *Container) (*Container, error) {
	lock, err := lockFolder(e.dir(c.ID))
	if err != nil {
		return e.load(c.ID) // somebody else is at it
	}
	defer lock.release()
	if c, err = e.load(c.ID); err != nil || c.State.Status != Created {
		return c, err
	}
	if bundle, err := os.Stat(e.bundleFile(c.ID)); err == nil {
		c.State.StartedAt = bundle.ModTime().UTC()
	}
	outOfMemory := e.outOfMemory(c.ID)
	if err := e.forget(c.ID); err != nil {
		return c, err
	}
	c.State.ended(128+9, time.Now()) // SIGKILL, with its parent
	c.State.OOMKilled = outOfMemory
	c.State.Error = "the mini-docker process it ran under was killed"
	return c, c.save(e.dir(c.ID))
}

// outOfMemory says whether the kernel killed a process of the container because
// its memory ran out. The container's cgroup counts such kills, so it must still
// be there.
func (e *Engine) outOfMemory(id string) bool {
	stats, err := e.runtime.Stats(id)
	return err == nil && stats.OOMKills > 0
}

// forget removes the runtime's state and the cgroup, and kills what may run. A
// runtime that was killed before it had written the state, or after it had
// removed it, leaves an empty folder, and nothing else.
func (e *Engine) forget(id string) error {
	err := e.runtime.Delete(id, true)
	if errors.Is(err, runtime.ErrNotExist) {
		return os.RemoveAll(filepath.Join(e.states, id))
	}
	return err
}

// tidyNames takes back the names of containers that are gone: whoever removed
// them was killed before that.
func (e *Engine) tidyNames(ctx context.Context, ids []string) error {
	entries, err := os.ReadDir(e.names())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		holder, err := os.Readlink(e.nameOf(entry.Name()))
		if err != nil || slices.Contains(ids, holder) || e.exists(holder) {
			continue
		}
		if err := e.dropName(ctx, entry.Name(), holder); err != nil {
			return err
		}
	}
	return nil
}
