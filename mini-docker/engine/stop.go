package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"
	"drydock/mini-docker/engine/life"

	"golang.org/x/sys/unix"
)

// Kill sends the container's first process a signal.
func (e *Engine) Kill(c *container.Container, signal unix.Signal) error {
	if !c.State.Running {
		return invalidf("cannot kill container: %s: container %s is not running", c.PlainName(), c.ID)
	}
	return e.signal(c.ID, signal)
}

// StopOptions says how a container is to be asked to end.
type StopOptions struct {
	Signal  unix.Signal   // 0: what its image says, or SIGTERM
	Timeout time.Duration // until SIGKILL; negative: wait for ever
}

// Stop asks a container to end, and kills it if it has not done so in time. It
// returns when the end has been recorded. One that does not run is no error.
func (e *Engine) Stop(ctx context.Context, c *container.Container, o StopOptions) error {
	if !c.State.Running {
		return nil
	}
	if o.Signal == 0 {
		o.Signal = c.StopSignal()
	}
	over := make(chan error, 1)
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, err := e.Wait(waiting, c)
		over <- err
	}()
	if err := e.signal(c.ID, o.Signal); err != nil {
		return err
	}
	var late <-chan time.Time
	if o.Timeout >= 0 {
		timer := time.NewTimer(o.Timeout)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case err := <-over:
		return err
	case <-late:
	}
	if err := e.signal(c.ID, unix.SIGKILL); err != nil {
		return err
	}
	return <-over
}

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
