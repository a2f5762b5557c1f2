package engine

import "drydock/mini-docker/engine/container"

// Processes are the numbers, outside, of all processes in a container.
func (e *Engine) Processes(c *container.Container) ([]int, error) {
	if !c.State.Running {
		return nil, invalidf("container %s is not running", c.ID)
	}
	return e.runtime.Processes(c.ID)
}
