package engine

import (
	"errors"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// Kill sends the container's first process a signal.
func (e *Engine) Kill(c *container.Container, signal unix.Signal) error {
	if !c.State.Running {
		return invalidf("cannot kill container: %s: container %s is not running", c.PlainName(), c.ID)
	}
	return e.signal(c.ID, signal)
}

func (e *Engine) signal(id string, signal unix.Signal) error {
	err := e.runtime.Kill(id, signal)
	if errors.Is(err, runtime.ErrNotRunning) || errors.Is(err, runtime.ErrNotExist) {
		return nil
	}
	return err
}
