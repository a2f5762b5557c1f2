package engine

import (
	"context"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/flock"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Inspect returns the container of exactly this id as it is now. While it is just
// being started, the answer waits for that: for so many looks, since time passes
// for a machine that stands still as well.
func (e *Engine) Inspect(ctx context.Context, id string) (*container.Container, error) {
	if err := e.containers.CheckFormat(); err != nil {
		return nil, err
	}
	const patience = 200
	for looks := 1; ; looks++ {
		c, settled, err := e.look(ctx, id)
		if err != nil || settled || looks == patience || ctx.Err() != nil {
			return c, err
		}
		time.Sleep(time.Millisecond)
	}
}

// look puts together what is written down and what the runtime knows. A container
// that was started, and whose end has not been recorded, counts as created in its
// file.
func (e *Engine) look(ctx context.Context, id string) (c *container.Container, settled bool, err error) {
	c, err = e.containers.Load(id)
	if err != nil || c.State.Status != container.Created || !e.containers.WasStarted(id) {
		return c, true, err
	}
	if !flock.IsHeld(e.containers.Dir(id)) {
		// A shim that was killed could not have the end recorded, and its
		// container died with it.
		c, err = e.recordEnd(ctx, id)
		return c, true, err
	}
	state, err := e.runtime.State(id)
	if err == nil && state.Status == specs.StateRunning {
		c.State = container.State{Status: container.Running, Running: true, Pid: state.Pid}
		c.State.StartedAt, _ = e.containers.StartedAt(id)
		if paused, err := e.runtime.Paused(id); err == nil && paused {
			c.State.Status, c.State.Paused = container.Paused, true
		}
		return c, true, e.endpoints().Show(c)
	}
	if e.containers.HasExit(id) { // its end is being recorded
		end := e.containers.Exit(id)
		c.State.End(end.ExitCode, end.FinishedAt)
		return c, true, nil
	}
	return c, false, nil
}
