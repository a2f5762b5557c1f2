package engine

import (
	"context"
	"time"

	"drydock/mini-docker/engine/container"

	"golang.org/x/sys/unix"
)

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
