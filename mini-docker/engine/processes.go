package engine

import (
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/usage"
)

// Processes are the numbers, outside, of all processes in a container.
func (e *Engine) Processes(c *container.Container) ([]int, error) {
	if !c.State.Running {
		return nil, invalidf("container %s is not running", c.ID)
	}
	return e.runtime.Processes(c.ID)
}

// Usage measures a container that runs. The error wraps cgroup.ErrNone if it has
// no cgroup to measure it by.
func (e *Engine) Usage(c *container.Container) (usage.Usage, error) {
	return usage.Measure(e.runtime, c)
}
