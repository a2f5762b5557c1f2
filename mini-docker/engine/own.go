package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/flock"
)

// Own takes a container that exists, to start it. Until it is started, released or
// removed the caller owns it.
func (e *Engine) Own(ctx context.Context, c *container.Container) (*container.Container, error) {
	soon, cancel := context.WithTimeout(ctx, removalPatience*100*time.Millisecond)
	defer cancel()
	lock, err := flock.Await(soon, e.containers.Dir(c.ID))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", container.ErrNotExist, c.ID)
	}
	if err != nil {
		return nil, err
	}
	owned, err := e.containers.Load(c.ID)
	if err == nil && owned.State.Status == container.Dead {
		err = invalidf("container %s is damaged and cannot be started: %s", c.ID, owned.State.Error)
	}
	if err == nil { // what the last start left, if its end was not recorded
		err = e.forget(c.ID)
	}
	if err != nil {
		lock.Release()
		return nil, err
	}
	owned.Owner = lock
	return owned, nil
}
