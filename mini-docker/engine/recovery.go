package engine

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/shim/wire"

	"golang.org/x/sys/unix"
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

// recordEnd writes down that a container has ended which has no owner any more,
// and clears away what the runtime has of it. One whose shim was killed may not
// even have ended: a program that gains privileges when it is executed is not
// killed with its parent, and where cgroups are of version 1, one that is frozen
// cannot die.
func (e *Engine) recordEnd(ctx context.Context, id string) (*container.Container, error) {
	lock, err := flock.Take(e.containers.Dir(id))
	if err != nil {
		return e.containers.Load(id) // somebody else is at it
	}
	defer lock.Release()
	c, err := e.containers.Load(id)
	if err != nil || c.State.Status == container.Dead {
		return c, err
	}
	if c.State.Status != container.Created || !e.wasStarted(id) {
		return c, e.forget(id) // it has been recorded, or its start was interrupted
	}
	err = e.runtime.Kill(id, unix.SIGKILL)
	if err != nil && !errors.Is(err, runtime.ErrNotRunning) && !errors.Is(err, runtime.ErrNotExist) {
		return c, err
	}
	return c, e.settle(ctx, c)
}

// wasStarted says whether the container's start has got as far as to make it a
// bundle.
func (e *Engine) wasStarted(id string) bool {
	_, err := os.Lstat(e.bundleFile(id))
	return err == nil
}

// exit is what the shim has written down of a container's end.
type exit struct {
	ExitCode   int
	FinishedAt time.Time
	Error      string `json:"-"`
}

func (e *Engine) exitFile(id string) string {
	return filepath.Join(e.containers.Dir(id), wire.ExitName)
}

// readExit returns how the container ended. Where nobody saw it, it was killed
// with its shim; when, is not known: it is dated to when it was first noticed.
func (e *Engine) readExit(id string) exit {
	var end exit
	text, err := os.ReadFile(e.exitFile(id))
	if err == nil {
		err = json.Unmarshal(text, &end)
	}
	if err != nil {
		return exit{128 + 9, time.Now(), "the container's shim was killed, and the container with it"}
	}
	return end
}

// sweepLife removes what is left of an earlier start and its end, which makes the
// container one that was created and has not been started.
func (e *Engine) sweepLife(c *container.Container) error {
	for _, each := range []string{e.exitFile(c.ID), e.bundleFile(c.ID)} {
		if err := os.Remove(each); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if c.State.Status == container.Created {
		return nil
	}
	c.State = container.State{Status: container.Created}
	return c.Save(e.containers.Dir(c.ID))
}

// outOfMemory says whether the kernel killed a process of the container because
// its memory ran out. The container's cgroup counts such kills, so it must still
// be there.
func (e *Engine) outOfMemory(id string) bool {
	stats, err := e.runtime.Stats(id)
	return err == nil && stats.OOMKills > 0
}

// forget gives back the container's addresses and ports, removes the runtime's
// state and the cgroup, and kills what may run. A runtime that was killed before
// it had written the state, or after it had removed it, leaves an empty folder,
// and nothing else.
func (e *Engine) forget(id string) error {
	if err := e.disconnect(id); err != nil {
		return err
	}
	err := e.runtime.Delete(id, true)
	if errors.Is(err, runtime.ErrNotExist) {
		return os.RemoveAll(filepath.Join(e.states, id))
	}
	return err
}
