package builder

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"drydock/mini-docker/builder/dockerfile"
)

// pending is a stage of the plan, before and after it is built.
type pending struct {
	begun bool
	built chan struct{} // closed once the stage is there
	stage *stage
}

// sideBySide builds the wanted stage and those that it needs. Each goes on, in a
// goroutine of its own, until it comes to a step that needs another, and waits for that
// one there. The first that fails ends the others.
func (b *build) sideBySide(ctx context.Context) (*stage, error) {
	for range b.plan.Stages {
		b.stages = append(b.stages, &pending{built: make(chan struct{})})
	}
	b.group, ctx = errgroup.WithContext(ctx)
	b.start(ctx, b.plan.Target)
	err := b.group.Wait()
	return b.stages[b.plan.Target].stage, err
}

// start has a stage be built, and those that it needs, unless that has begun.
func (b *build) start(ctx context.Context, stage int) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	p, needs := b.stages[stage], slices.Clone(b.plan.Stages[stage].Needs)
	if p.begun {
		return
	}
	p.begun = true
	b.group.Go(func() (err error) {
		for _, each := range needs {
			b.start(ctx, each)
		}
		if p.stage, err = b.stage(ctx, stage); err == nil {
			close(p.built)
		}
		return err
	})
}

// await waits until stages are built.
func (b *build) await(ctx context.Context, stages ...int) error {
	for _, each := range stages {
		b.start(ctx, each) // if only a base image has asked for it
		select {
		case <-b.stages[each].built:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// link notes what a step needs that a base image asks for.
func (b *build) link(s *stage, step dockerfile.Step) error {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.plan.Link(s.index, step.Command)
}
