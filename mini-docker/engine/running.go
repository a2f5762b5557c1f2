package engine

import (
	"context"
	"errors"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/life"

	"golang.org/x/sys/unix"
)

// RunningContainer is a container that this process has started. It does not
// belong to it, but to a shim: see package life.
type RunningContainer struct {
	Container *container.Container

	engine *Engine
	shim   *life.Shim
}

// Connection is the conversation with the container: for what is typed, and the
// size of its terminal.
func (r *RunningContainer) Connection() *life.Connection { return r.shim.Connection }

// Signal sends the container's first process a signal. One that has ended
// already is no error.
func (r *RunningContainer) Signal(signal unix.Signal) error {
	return r.engine.signal(r.Container.ID, signal)
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
