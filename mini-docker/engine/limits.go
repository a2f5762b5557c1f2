package engine

import (
	"context"
	"errors"
	"fmt"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/refusal"
)

// groupParent is the cgroup above those of all containers.
const groupParent = "/mini-docker"

// fewestPids is the least --pids-limit that a container can start with: what
// builds it, inside, is a Go program, whose runtime has some threads of its own.
const fewestPids = 8

// planLimits checks the limits that are asked for and completes them.
func (e *Engine) planLimits(c *container.Container, wanted limits.Limits) error {
	trees, err := e.runtime.Cgroups()
	if err != nil {
		return err
	}
	if c.Warnings, err = wanted.Complete(limits.ThisMachine(trees)); err != nil {
		return invalidf("%v", err)
	}
	if most := wanted.PidsLimit; most != nil && *most > 0 && *most < fewestPids {
		return invalidf("Minimum pids limit allowed is %d: threads count too, and what starts the container has several", fewestPids)
	}
	if wanted.Any() {
		if _, err := trees.Place(groupParent); err != nil {
			return refusal.As(errors.Join(ErrInvalid, ErrNoLimits), "the limits cannot be set: %v", err)
		}
		c.HostConfig.CgroupParent = groupParent
	}
	c.HostConfig.Limits = wanted
	return nil
}

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

// Pause stops all processes of a container where they stand.
func (e *Engine) Pause(c *container.Container) error {
	switch {
	case !c.State.Running:
		return invalidf("Container %s is not running", c.ID)
	case c.State.Paused:
		return invalidf("Container %s is already paused", c.ID)
	}
	err := e.runtime.Pause(c.ID)
	if errors.Is(err, cgroup.ErrNone) {
		return invalidf("Cannot pause container %s: it runs without a cgroup, and the kernel stops cgroups. "+
			"An ordinary user's container has one if it is run with a limit", c.ID)
	}
	return err
}

// Unpause lets them go on.
func (e *Engine) Unpause(c *container.Container) error {
	if !c.State.Paused {
		return invalidf("Container %s is not paused", c.ID)
	}
	return e.runtime.Resume(c.ID)
}
