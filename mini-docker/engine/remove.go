package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/flock"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// removalPatience is how often Remove waits a tenth of a second for the owner of a
// container it has killed to write down the end. An owner that is itself stopped
// never does, and one whose machine stood still had no time to.
const removalPatience = 20

// Remove removes a container and what it has written; its volumes stay. One that
// runs is killed first if force is set, else the error is ErrRunning.
func (e *Engine) Remove(ctx context.Context, c *container.Container, force bool) error {
	return e.remove(ctx, c, force, c.HostConfig.AutoRemove)
}

// RemoveWithVolumes is Remove that removes the container's anonymous volumes too.
func (e *Engine) RemoveWithVolumes(ctx context.Context, c *container.Container, force bool) error {
	return e.remove(ctx, c, force, true)
}

func (e *Engine) remove(ctx context.Context, c *container.Container, force, volumes bool) error {
	if c.State.Running && !force {
		return refusal.As(ErrRunning, "cannot remove container %q: container is running: "+
			"stop the container before removing or force remove", c.Name)
	}
	lock, err := e.seize(ctx, c.ID, force)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if force {
			return nil // its owner was quicker: run --rm
		}
		return fmt.Errorf("%w: %s", container.ErrNotExist, c.ID)
	case errors.Is(err, flock.ErrHeld) && force:
	case err != nil:
		return fmt.Errorf("removing container %s: %w", container.ShortID(c.ID), err)
	default:
		defer lock.Release()
	}
	return e.discard(ctx, c, volumes)
}

// seize takes the lock of a container, from an owner that is about to let go of
// it or, by force, from one whose container is killed.
func (e *Engine) seize(ctx context.Context, id string, force bool) (*flock.Lock, error) {
	for attempts := 1; ; attempts++ {
		if force {
			err := e.runtime.Kill(id, unix.SIGKILL)
			if err != nil && !errors.Is(err, runtime.ErrNotRunning) && !errors.Is(err, runtime.ErrNotExist) &&
				!errors.Is(err, runtime.ErrCreating) {
				return nil, err
			}
		}
		// One that is just being started could not be killed yet: try again.
		soon, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		lock, err := flock.Await(soon, e.containers.Dir(id))
		cancel()
		if !errors.Is(err, flock.ErrHeld) || ctx.Err() != nil || attempts == removalPatience {
			return lock, err
		}
	}
}

// Discard removes a container that the caller owns and has not started.
func (e *Engine) Discard(ctx context.Context, c *container.Container) error {
	defer c.Release()
	return e.discard(ctx, c, true)
}

// discard removes every trace of a container. The first step hides it; a crash
// after that leaves what the next List tidies up, or takes the name back from.
func (e *Engine) discard(ctx context.Context, c *container.Container, volumes bool) error {
	if err := e.forget(c.ID); err != nil {
		return err
	}
	if err := e.containers.LoadName(c); err != nil { // it may have another by now
		return err
	}
	if err := c.KeepVolumes(e.containers.Dir(c.ID), !volumes); err != nil {
		return err
	}
	if err := os.Rename(e.containers.Dir(c.ID), e.containers.Hidden(c.ID)); err != nil {
		return fmt.Errorf("removing container %s: %w", container.ShortID(c.ID), err)
	}
	if name := c.PlainName(); name != "" {
		if err := e.containers.DropName(ctx, name, c.ID); err != nil {
			return err
		}
	}
	return e.removeHidden(ctx, c.ID)
}
