package engine

import (
	"context"
	"errors"
	"fmt"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/limits"
)

// Update changes limits of a container, at once if it runs. A warning tells of
// one that this machine does not have.
func (e *Engine) Update(ctx context.Context, c *container.Container, change limits.Limits) (warnings []string, err error) {
	// One change after the other: each is made of what the last one left.
	lock, err := e.containers.Exclusive(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if c, err = e.Inspect(ctx, c.ID); err != nil {
		return nil, err
	}
	changed := c.HostConfig.Changed(change)
	if err := c.HostConfig.CheckChange(change); err != nil {
		return nil, cannotUpdate(c, err)
	}
	trees, err := e.runtime.Cgroups()
	if err != nil {
		return nil, err
	}
	if warnings, err = changed.Complete(limits.ThisMachine(trees)); err != nil {
		return nil, cannotUpdate(c, err)
	}
	if c.State.Running {
		err := e.runtime.Update(c.ID, changed.Resources())
		if errors.Is(err, cgroup.ErrNone) {
			err = errors.New("it runs without a cgroup: run it with a limit from the start")
		}
		if err != nil {
			return nil, cannotUpdate(c, err)
		}
	}
	if err := e.containers.ChangeLimits(c.ID, changed); err != nil {
		return nil, cannotUpdate(c, err)
	}
	return warnings, nil
}

// The words are Docker's.
func cannotUpdate(c *container.Container, err error) error {
	return fmt.Errorf("Cannot update container %s: %w", c.ID, err)
}
