package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CommitOptions say what image a container becomes.
type CommitOptions struct {
	Names           []image.Name
	Author, Message string
	Pause           bool // while its files are read
	// Change changes how the image is run, or is nil.
	Change func(*v1.Config) error
}

// Commit makes an image of a container: its image's layers, and one of what it has
// written.
func (e *Engine) Commit(ctx context.Context, c *container.Container, o CommitOptions) (*image.Image, error) {
	store, err := e.Images(ctx)
	if err != nil {
		return nil, err
	}
	from, err := store.Get(c.Image)
	if err != nil {
		return nil, fmt.Errorf("the image that container %s was made from is gone: %w", container.ShortID(c.ID), err)
	}
	in := store.NewIntake()
	made, err := e.commit(ctx, in, c, from, o)
	return made, errors.Join(err, in.Close())
}

func (e *Engine) commit(ctx context.Context, in *image.Intake, c *container.Container, from *image.Image, o CommitOptions) (*image.Image, error) {
	packed, result, err := e.changesAtRest(ctx, in, c, o.Pause)
	if err != nil {
		return nil, err
	}
	id, err := v1.NewHash(string(result.DiffID))
	if err != nil {
		return nil, err
	}
	config := from.Config.DeepCopy()
	config.Config = *imageConfig(c, from)
	if o.Change != nil {
		if err := o.Change(&config.Config); err != nil {
			return nil, err
		}
	}
	now := v1.Time{Time: time.Now().UTC()}
	config.Created, config.Author = now, o.Author
	config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, id)
	config.History = append(from.History(), v1.History{Created: now, CreatedBy: c.Command(), Author: o.Author, Comment: o.Message})
	layers := append(append([]v1.Descriptor{}, from.Manifest.Layers...), packed)
	made, _, err := in.AddBuilt(ctx, config, layers, o.Names...)
	if err != nil {
		return nil, err
	}
	_, err = in.Commit(ctx)
	return made, err
}

// changesAtRest reads what a container has written while nobody writes: it is
// stopped, or is paused meanwhile.
func (e *Engine) changesAtRest(ctx context.Context, in *image.Intake, c *container.Container, pause bool) (packed v1.Descriptor, result layer.Result, err error) {
	if c.State.Running && !c.State.Paused && pause {
		if err := e.Pause(c); err != nil {
			return packed, result, fmt.Errorf("%w; or commit it as it is, with --no-pause", err)
		}
		defer func() { err = errors.Join(err, e.runtime.Resume(c.ID)) }()
	}
	return filesystem.AddChanges(ctx, in, c, layer.DiffOptions{MountPoints: filesystem.MountPoints()})
}

// imageConfig is how the image is run that a container becomes: as the container.
func imageConfig(c *container.Container, from *image.Image) *v1.Config {
	config := from.Config.Config.DeepCopy()
	config.User, config.WorkingDir = c.Config.User, c.Config.WorkingDir
	config.Env, config.Cmd, config.Entrypoint = c.Config.Env, c.Config.Cmd, c.Config.Entrypoint
	config.Labels, config.Volumes = c.Config.Labels, c.Config.Volumes
	return config
}
