package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/flock"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// settle does what is due at the end of a container that the caller owns.
func (e *Engine) settle(ctx context.Context, c *container.Container) error {
	err := e.conclude(ctx, c)
	if err != nil {
		// Somebody may have removed it by force in the meantime: that is what
		// killed it.
		if _, gone := os.Lstat(e.containers.Dir(c.ID)); gone != nil {
			return nil
		}
		return fmt.Errorf("clearing away after container %s: %w", container.ShortID(c.ID), err)
	}
	return nil
}

// conclude records the end, or removes the container if that is what was asked for.
func (e *Engine) conclude(ctx context.Context, c *container.Container) error {
	if c.HostConfig.AutoRemove {
		return e.discard(ctx, c, true)
	}
	if at, ok := e.containers.StartedAt(c.ID); ok {
		c.State.StartedAt = at
	}
	end := e.containers.Exit(c.ID)
	c.State.End(end.ExitCode, end.FinishedAt)
	c.State.Error = end.Error
	c.State.OOMKilled = e.outOfMemory(c.ID)
	// What is known is written down before the runtime forgets it: a crash in
	// between has it done once more.
	if err := c.Save(e.containers.Dir(c.ID)); err != nil {
		return err
	}
	return e.forget(c.ID)
}

// outOfMemory says whether the kernel killed a process of the container because
// its memory ran out. The container's cgroup counts such kills, so it must still
// be there.
func (e *Engine) outOfMemory(id string) bool {
	stats, err := e.runtime.Stats(id)
	return err == nil && stats.OOMKills > 0
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
	if c.State.Status != container.Created || !e.containers.WasStarted(id) {
		return c, e.forget(id) // it has been recorded, or its start was interrupted
	}
	err = e.runtime.Kill(id, unix.SIGKILL)
	if err != nil && !errors.Is(err, runtime.ErrNotRunning) && !errors.Is(err, runtime.ErrNotExist) {
		return c, err
	}
	if err = e.settle(ctx, c); IsDiskFull(err) {
		// How it ended is known, and is written down by whoever finds room. Until
		// then it can be seen and removed: perhaps it is what has filled the disk.
		err = nil
	}
	return c, err
}
