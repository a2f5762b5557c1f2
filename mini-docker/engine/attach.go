package engine

import (
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"
)

// Attach connects to a container that runs.
func (e *Engine) Attach(c *container.Container) (*life.Connection, error) {
	switch {
	case c.State.Paused:
		return nil, invalidf("cannot attach to a paused container, unpause it first")
	case !c.State.Running:
		return nil, invalidf("cannot attach to a stopped container, start it first")
	}
	return life.Dial(e.containers.Dir(c.ID))
}
