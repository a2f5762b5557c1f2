package engine

import (
	"context"
	"errors"
	"fmt"
	"os"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// Connection is the conversation with the container: for what is typed, and the
// size of its terminal.
func (r *RunningContainer) Connection() *life.Connection { return r.shim.Connection }

// Signal sends the container's first process a signal. One that has ended
// already is no error.
func (r *RunningContainer) Signal(signal unix.Signal) error {
	return r.engine.signal(r.Container.ID, signal)
}

func (e *Engine) signal(id string, signal unix.Signal) error {
	err := e.runtime.Kill(id, signal)
	if errors.Is(err, runtime.ErrNotRunning) || errors.Is(err, runtime.ErrNotExist) {
		return nil
	}
	return err
}

// Wait waits until the container's first process has ended and all that it wrote
// was passed on, and returns its exit status, 128+n if signal n ended it.
func (r *RunningContainer) Wait() (int, error) { return r.shim.Wait() }

// Leave lets the container go on by itself.
func (r *RunningContainer) Leave() error {
	r.Container.Release()
	return r.shim.Close()
}

// Finish records how a container ended that Wait has returned for, or removes
// it if that is what was asked for. If this process dies before, the shim has it
// done.
func (r *RunningContainer) Finish(ctx context.Context) error {
	err := r.engine.settle(ctx, r.Container)
	r.Container.Owner.Unlock() // the shim, which holds it too, is about to end
	r.Container.Owner = nil
	return errors.Join(err, r.shim.Settled())
}

// settle does what is due at the end of a container that the caller owns.
func (e *Engine) settle(ctx context.Context, c *container.Container) error {
	err := e.conclude(ctx, c)
	if err != nil {
		// Somebody may have removed it by force in the meantime: that is what
		// killed it.
		if _, gone := os.Lstat(e.containers.Dir(c.ID)); gone != nil {
			return nil
		}
		return fmt.Errorf("clearing away after container %s: %w", container.ShortID(c.ID), err)
	}
	return nil
}

func (e *Engine) conclude(ctx context.Context, c *container.Container) error {
	if c.HostConfig.AutoRemove {
		return e.discard(ctx, c, true)
	}
	if bundle, err := os.Stat(e.bundleFile(c.ID)); err == nil {
		c.State.StartedAt = bundle.ModTime().UTC()
	}
	end := e.readExit(c.ID)
	c.State.End(end.ExitCode, end.FinishedAt)
	c.State.Error = end.Error
	c.State.OOMKilled = e.outOfMemory(c.ID)
	// What is known is written down before the runtime forgets it: a crash in
	// between has it done once more.
	if err := c.Save(e.containers.Dir(c.ID)); err != nil {
		return err
	}
	return e.forget(c.ID)
}
