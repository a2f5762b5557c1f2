package engine

// Processes are the numbers, outside, of all processes in a container.
func (e *Engine) Processes(c *Container) ([]int, error) {
	if !c.State.Running {
		return nil, invalidf("container %s is not running", c.ID)
	}
	return e.runtime.Processes(c.ID)
}
