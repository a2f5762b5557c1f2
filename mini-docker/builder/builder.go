// Package builder makes an image of a Dockerfile:
//
//	image, err := builder.Build(ctx, engine, builder.Options{Context: ".", Tags: names})
//
// Package dockerfile reads it into stages and steps, and package transfer lays out
// what COPY and ADD bring. A RUN is a container of the engine, and what it has
// written becomes a layer; a COPY is a layer that is written without one. Stages are
// built side by side, but for those that the wanted one does not need.
//
// Each step has a key: the digest of all that it depends on, from the layers that it
// stands on down to the content of the files that it copies. A step whose key is
// known, and whose layer the store still has, is not done again; Progress is told
// why, or why not.
//
// The package prints nothing.
package builder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sync/errgroup"

	"drydock/mini-docker/builder/dockerfile"
	"drydock/mini-docker/builder/transfer"
	"drydock/mini-docker/engine"
	"drydock/mini-docker/image"
)

// Options say what is to be built.
type Options struct {
	Context string    // directory whose files COPY may take; none when empty
	Archive io.Reader // a tar archive of such a directory instead, or nil
	File    string    // path of the Dockerfile: for messages, and within an Archive
	Text    []byte    // what the Dockerfile says; nil when it is in the Archive

	Tags     []image.Name
	Labels   map[string]string // of the image, besides the Dockerfile's
	Args     map[string]string // --build-arg
	Target   string            // the stage to stop at; the last one when empty
	Platform string            // what the image is for; this machine when empty
	Network  string            // of the containers that RUN starts
	Hosts    []string          // NAME:ADDRESS, for their /etc/hosts
	// AllowHostNetwork lets the Dockerfile choose this machine's own network for a RUN.
	AllowHostNetwork bool

	Secrets map[string]Secret // by their ids
	NoCache bool
	Epoch   *time.Time // what the image says of when it was made, instead of now

	// Pull brings a base image that is not here, or is nil. alone says that no stage is
	// told of meanwhile.
	Pull func(ctx context.Context, name string, alone bool) (*image.Image, error)

	Progress Progress
}

// Build makes the image and gives it its names.
func Build(ctx context.Context, e *engine.Engine, o Options) (*image.Image, error) {
	if err := sweep(ctx, e); err != nil {
		return nil, err
	}
	store, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	in := store.NewIntake()
	// Layers of steps that are done stay in the store, even if a later one fails:
	// what is built next time goes on from there.
	in.KeepAll()
	b := &build{engine: e, store: store, in: in, options: o, cache: newCache(e, o.NoCache), used: map[string]bool{}}
	made, err := b.run(ctx)
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
	cache   *cache
	plan    *dockerfile.Plan
	files   *transfer.Context
	stages  []*pending // as in the plan
	group   *errgroup.Group

	mutex sync.Mutex      // of what stages share that are built side by side
	used  map[string]bool // --build-arg
	pull  sync.Mutex      // one base image after another: its layers come side by side
}

func (b *build) run(ctx context.Context) (*image.Image, error) {
	if err := b.open(ctx); err != nil {
		return nil, err
	}
	defer b.files.Close()
	for _, text := range b.plan.Warnings {
		b.options.Progress.Warn(text)
	}
	wanted, err := b.sideBySide(ctx)
	if err != nil {
		return nil, err
	}
	b.warnUnused()
	return b.finish(ctx, wanted)
}

// open opens the context and reads the Dockerfile.
func (b *build) open(ctx context.Context) error {
	o := &b.options
	dir := o.Context
	if o.Archive != nil || dir == "" {
		var err error
		if dir, err = b.in.Scratch(ctx); err != nil {
			return err
		}
	}
	if o.Archive != nil {
		var err error
		if dir, err = unpackContext(ctx, dir, o.Archive); err != nil {
			return err
		}
	}
	var err error
	if b.files, err = transfer.OpenContext(dir, ignoreFiles(dir, *o)...); err != nil {
		return err
	}
	if o.Text == nil {
		if o.Text, err = b.files.ReadFile(o.File); err != nil {
			return errors.Join(fmt.Errorf("the build context has no %s: %w", o.File, err), b.files.Close())
		}
	}
	own := image.ThisMachine()
	b.plan, err = dockerfile.Parse(o.File, o.Text, dockerfile.Options{
		Target: o.Target, Args: o.Args, Build: own.OS + "/" + own.Architecture, Wanted: o.Platform,
	})
	if err != nil {
		return errors.Join(err, b.files.Close())
	}
	return nil
}

// ignoreFiles may say what the context leaves out: the first that is there does. A
// Dockerfile may have one of its own beside it.
func ignoreFiles(dir string, o Options) []string {
	own := o.File
	if o.Archive == nil {
		own, _ = filepath.Rel(dir, o.File)
	}
	if !filepath.IsLocal(own) {
		return []string{".dockerignore"}
	}
	return []string{own + ".dockerignore", ".dockerignore"}
}

// warnUnused tells of arguments that no stage has asked for: a misspelt one would
// go unnoticed.
func (b *build) warnUnused() {
	unused := slices.DeleteFunc(slices.Sorted(maps.Keys(b.options.Args)), func(key string) bool {
		_, global := b.plan.Global[key]
		return b.used[key] || global || isPredefined(key) || key == "SOURCE_DATE_EPOCH"
	})
	if len(unused) > 0 {
		b.options.Progress.Warn(fmt.Sprintf("one or more build-args [%s] were not consumed: no ARG asks for them", strings.Join(unused, " ")))
	}
}

// finish makes an image of a stage.
func (b *build) finish(ctx context.Context, s *stage) (*image.Image, error) {
	for _, key := range slices.Sorted(maps.Keys(b.options.Labels)) {
		setLabel(&s.config.Config, key, b.options.Labels[key])
	}
	s.config.Created = v1.Time{Time: b.created(s.newest)}
	s.config.Container = ""
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

// notAfter is the latest time that a file of a layer may have, or zero: with it the
// layer is the same whenever it is made (reproducible-builds.org, SOURCE_DATE_EPOCH).
func (b *build) notAfter() time.Time { return *cmp.Or(b.options.Epoch, &time.Time{}) }
