package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// List returns all containers, the youngest first. What crashes have left is
// tidied up on the way: half-made and half-removed folders, names of containers
// that are gone, and containers that were to be removed when they ended.
func (e *Engine) List(ctx context.Context) ([]*container.Container, error) {
	if err := e.sweep(ctx); err != nil {
		return nil, err
	}
	ids, err := e.ids(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.containers.TidyNames(ctx); err != nil {
		return nil, err
	}
	var list []*container.Container
	for _, id := range ids {
		c, err := e.Inspect(ctx, id)
		if errors.Is(err, container.ErrNotExist) {
			continue // removed just now
		}
		if err != nil {
			return nil, err
		}
		if e.isLeftOver(c) {
			if err := e.Remove(ctx, c, false); err != nil && !errors.Is(err, container.ErrNotExist) {
				return nil, err
			}
			continue
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *container.Container) int { return b.Created.Compare(a.Created) })
	return list, nil
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

// Find returns the container that is meant: by its id, its name or the beginning
// of its id, in this order. The error is ErrNotExist or ErrAmbiguous.
func (e *Engine) Find(ctx context.Context, ref string) (*container.Container, error) {
	if err := e.containers.CheckFormat(); err != nil {
		return nil, err
	}
	if ref == "" || strings.ContainsAny(strings.TrimPrefix(ref, "/"), "/") || strings.HasPrefix(ref, ".") {
		return nil, fmt.Errorf("%w: %s", container.ErrNotExist, ref)
	}
	if len(ref) == 64 {
		if c, err := e.Inspect(ctx, ref); !errors.Is(err, container.ErrNotExist) {
			return c, err
		}
	}
	if id, err := e.containers.Holder(strings.TrimPrefix(ref, "/")); err == nil {
		if c, err := e.Inspect(ctx, id); !errors.Is(err, container.ErrNotExist) {
			return c, err
		}
	}
	ids, err := e.ids(ctx)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, ref) })
	switch len(ids) {
	case 0:
		return nil, fmt.Errorf("%w: %s", container.ErrNotExist, ref)
	case 1:
		return e.Inspect(ctx, ids[0])
	}
	return nil, fmt.Errorf("%w: %s", container.ErrAmbiguous, ref)
}

// Inspect returns the container of exactly this id as it is now. While it is just
// being started, the answer waits for that: for so many looks, since time passes
// for a machine that stands still as well.
func (e *Engine) Inspect(ctx context.Context, id string) (*container.Container, error) {
	if err := e.containers.CheckFormat(); err != nil {
		return nil, err
	}
	const patience = 200
	for looks := 1; ; looks++ {
		c, settled, err := e.look(ctx, id)
		if err != nil || settled || looks == patience || ctx.Err() != nil {
			return c, err
		}
		time.Sleep(time.Millisecond)
	}
}

// look puts together what is written down and what the runtime knows. A container
// that was started, and whose end has not been recorded, counts as created in its
// file.
func (e *Engine) look(ctx context.Context, id string) (c *container.Container, settled bool, err error) {
	c, err = e.containers.Load(id)
	if err != nil || c.State.Status != container.Created || !e.wasStarted(id) {
		return c, true, err
	}
	if !flock.IsHeld(e.containers.Dir(id)) {
		// A shim that was killed could not have the end recorded, and its
		// container died with it.
		c, err = e.recordEnd(ctx, id)
		return c, true, err
	}
	state, err := e.runtime.State(id)
	if err == nil && state.Status == specs.StateRunning {
		c.State = container.State{Status: container.Running, Running: true, Pid: state.Pid}
		if bundle, err := os.Stat(e.bundleFile(id)); err == nil {
			c.State.StartedAt = bundle.ModTime().UTC()
		}
		if paused, err := e.runtime.Paused(id); err == nil && paused {
			c.State.Status, c.State.Paused = container.Paused, true
		}
		return c, true, e.showNetworks(c)
	}
	if _, err := os.Lstat(e.exitFile(id)); err == nil { // its end is being recorded
		end := e.readExit(id)
		c.State.End(end.ExitCode, end.FinishedAt)
		return c, true, nil
	}
	return c, false, nil
}

// ids reads which containers there are. A hidden folder that nobody has locked
// is rubbish.
func (e *Engine) ids(ctx context.Context) ([]string, error) {
	ids, hidden, err := e.containers.IDs()
	if err != nil {
		return nil, err
	}
	for _, id := range hidden {
		if lock, err := flock.Take(e.containers.Hidden(id)); err == nil {
			err = e.removeHidden(ctx, id)
			lock.Release()
			if err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}
