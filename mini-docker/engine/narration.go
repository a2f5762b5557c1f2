package engine

import (
	"context"
	"sync/atomic"

	"drydock/mini-docker/explain"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// narration stands between the runtime and who is told of its steps. Whoever is
// told may end the context, to stop at a step. Once a container's start is under
// way the runtime does not give up any more; so its first process is killed
// where it stands, before the step is done.
type narration struct {
	tell    explain.Narrator // nil if nobody is to be told
	created atomic.Bool      // the steps to come are those of the start
	stopped atomic.Bool
}

func newNarration(ctx context.Context, narrate explain.Narrator, r *runtime.Runtime, id string) *narration {
	n := new(narration)
	if narrate == nil {
		return n
	}
	n.tell = func(step explain.Step, particular string) {
		narrate(step, particular)
		if n.created.Load() && ctx.Err() != nil {
			n.stopped.Store(true)
			r.Kill(id, unix.SIGKILL) // fails if it has ended by itself, which is as well
		}
	}
	return n
}

// start starts the created container. One that was stopped at a step has not
// started.
func (n *narration) start(ctx context.Context, r *runtime.Runtime, id string) error {
	n.created.Store(true)
	err := r.Start(ctx, id)
	if n.stopped.Load() {
		return context.Cause(ctx)
	}
	return err
}
