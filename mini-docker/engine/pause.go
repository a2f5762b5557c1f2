package engine

import (
	"errors"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/engine/container"
)

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
