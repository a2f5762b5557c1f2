package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"
	"drydock/mini-docker/flock"
)

// Wait waits until a container does not run any more, and its end has been
// recorded, and returns its exit status.
func (e *Engine) Wait(ctx context.Context, c *container.Container) (exit int, err error) {
	if !c.State.Running {
		return c.State.ExitCode, nil
	}
	connection, err := life.Dial(e.containers.Dir(c.ID))
	if err == nil {
		defer connection.Close()
		connection.Listen()
		select {
		case <-connection.Over():
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		}
		exit, err = connection.Wait()
	}
	if err := e.awaitRecord(ctx, c.ID); err != nil {
		return 0, err
	}
	if err == nil {
		return exit, nil
	}
	// The shim is gone, or has been: what was recorded says how it ended.
	ended, err := e.Inspect(ctx, c.ID)
	if errors.Is(err, container.ErrNotExist) {
		return 0, fmt.Errorf("%w: %s", container.ErrNotExist, c.ID)
	}
	if err != nil {
		return 0, err
	}
	return ended.State.ExitCode, nil
}

// awaitRecord waits until whoever owned the container has let go of it.
func (e *Engine) awaitRecord(ctx context.Context, id string) error {
	lock, err := flock.Await(ctx, e.containers.Dir(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // removed: run --rm
	}
	if err != nil {
		return err
	}
	lock.Release()
	return nil
}
