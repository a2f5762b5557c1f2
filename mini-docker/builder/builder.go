// Package builder makes an image of a Dockerfile:
//
//	image, err := builder.Build(ctx, engine, builder.Options{Context: ".", Tags: names})
//
// The instructions it knows are FROM, RUN, COPY, ENV, WORKDIR, EXPOSE, ENTRYPOINT,
// CMD, ARG, LABEL and USER, with stages; whatever else stands in a Dockerfile is
// refused with its line, before anything is done. A RUN is a container of the
// engine, and what it has written becomes a layer; a COPY is a layer that is
// written without one.
//
// Each step has a key: the digest of the step before and of what the step depends
// on, down to the content of the files that it copies. A step whose key is known,
// and whose layer the store still has, is not done again.
//
// moby/buildkit's packages read the Dockerfile, so that the grammar is Docker's.
// The package prints nothing: it tells a Progress.
package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"drydock/mini-docker/engine"
	"drydock/mini-docker/image"
)

// Options say what is to be built.
type Options struct {
	Context string // directory whose files COPY may take
	File    string // path of the Dockerfile, for messages too
	Text    []byte // what the Dockerfile says

	Tags    []image.Name
	Args    map[string]string // --build-arg
	Target  string            // the stage to stop at; the last one when empty
	Network string            // of the containers that RUN starts
	NoCache bool
	Epoch   *time.Time // what the image says of when it was made, instead of now

	// Pull brings a base image that is not here, or is nil.
	Pull func(ctx context.Context, name string) (*image.Image, error)

	Progress       Progress
	Stdout, Stderr io.Writer // of the commands that RUN executes, or nil
}

// Progress is told of each step.
type Progress interface {
	Step(number, of int, text string)
	// Cached says that the last step need not be done.
	Cached()
	Warn(text string)
}

// Build makes the image and gives it its names.
func Build(ctx context.Context, e *engine.Engine, o Options) (*image.Image, error) {
	plan, err := parse(o)
	if err != nil {
		return nil, err
	}
	store, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	in, err := store.NewIntake(ctx)
	if err != nil {
		return nil, err
	}
	// Layers of steps that are done stay in the store, even if a later one fails:
	// what is built next time goes on from there.
	in.KeepAll()
	b := &build{engine: e, store: store, in: in, options: o, cache: cache{dir: cacheDir(e)}, steps: plan.steps()}
	made, err := b.run(ctx, plan)
	if err != nil {
		if _, kept := in.Commit(context.WithoutCancel(ctx)); kept == nil {
			b.cache.write()
		}
	}
	return made, errors.Join(err, in.Close())
}

// build is one Build under way.
type build struct {
	engine  *engine.Engine
	store   *image.Store
	in      *image.Intake
	options Options
	cache   cache
	done    int // steps
	steps   int
	stages  []*stage
}

func (b *build) run(ctx context.Context, plan *plan) (*image.Image, error) {
	files, err := openContext(b.options.Context)
	if err != nil {
		return nil, err
	}
	defer files.Close()
	for _, wanted := range plan.stages {
		s, err := b.begin(ctx, wanted)
		if err != nil {
			return nil, wanted.at(b.options.File, err)
		}
		for _, step := range wanted.steps {
			b.done++
			b.options.Progress.Step(b.done, b.steps, step.text)
			if err := b.step(ctx, s, step, files); err != nil {
				return nil, step.at(b.options.File, err)
			}
		}
		b.stages = append(b.stages, s)
	}
	return b.finish(ctx, b.stages[len(b.stages)-1])
}

// finish makes an image of a stage.
func (b *build) finish(ctx context.Context, s *stage) (*image.Image, error) {
	s.config.Created = v1.Time{Time: b.created(s.newest)}
	s.config.Author, s.config.Container = "", ""
	//lint:ignore SA1019 a base image may have it, and what is built would claim to be Docker's
	s.config.DockerVersion = ""
	made, _, err := b.in.AddBuilt(ctx, s.config, s.layers, b.options.Tags...)
	if err != nil {
		return nil, fmt.Errorf("making the image: %w", err)
	}
	if _, err := b.in.Commit(ctx); err != nil {
		return nil, err
	}
	b.cache.write()
	return made, nil
}

// created is when something was made, as the image says it.
func (b *build) created(at time.Time) time.Time {
	if b.options.Epoch != nil {
		at = *b.options.Epoch
	}
	return at.UTC().Truncate(time.Second)
}
