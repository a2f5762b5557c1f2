package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// mountPoints are what the runtime makes in a container's file system to mount
// upon, where the image does not have it.
func mountPoints() []string {
	return []string{"dev", "proc", "sys", "etc/hostname", "etc/hosts", "etc/resolv.conf"}
}

// addChanges makes a layer, in an intake, of what a container has written.
func addChanges(ctx context.Context, in *image.Intake, c *container.Container, o layer.DiffOptions) (v1.Descriptor, layer.Result, error) {
	o.UserXattr = layer.UserXattr()
	return in.AddWritten(ctx, func(w io.Writer) error {
		_, err := layer.Diff(ctx, c.GraphDriver.Data[upperDir], w, o)
		return err
	})
}

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
	in, err := store.NewIntake(ctx)
	if err != nil {
		return nil, err
	}
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
	return addChanges(ctx, in, c, layer.DiffOptions{MountPoints: mountPoints()})
}

// imageConfig is how the image is run that a container becomes: as the container.
func imageConfig(c *container.Container, from *image.Image) *v1.Config {
	config := from.Config.Config.DeepCopy()
	config.User, config.WorkingDir = c.Config.User, c.Config.WorkingDir
	config.Env, config.Cmd, config.Entrypoint = c.Config.Env, c.Config.Cmd, c.Config.Entrypoint
	config.Labels, config.Volumes = c.Config.Labels, c.Config.Volumes
	return config
}

// RunOptions say what RunLayer is to execute.
type RunOptions struct {
	Base           Base
	Args           []string
	Env            []string
	Network        string
	Mounts         []mounts.Request  // of which nothing stays in the layer
	Tmpfs          map[string]string // likewise
	NotAfter       time.Time         // the latest time that a file of the layer has, or zero
	Stdout, Stderr io.Writer         // or nil
}

// mountPoints are what is mounted upon.
func (o RunOptions) mountPoints() []string {
	points := mountPoints()
	for _, each := range o.Mounts {
		points = append(points, strings.TrimPrefix(path.Clean(each.Target), "/"))
	}
	for each := range o.Tmpfs {
		points = append(points, strings.TrimPrefix(path.Clean(each), "/"))
	}
	return points
}

// ExitError says that a command of a build has failed.
type ExitError struct{ Status int }

func (e *ExitError) Error() string { return fmt.Sprintf("exit status %d", e.Status) }

// RunLayer executes a command in a container of its own and makes a layer, in an
// intake, of what it has written. Of the container nothing remains; if this process
// is killed, it stays until SweepBuilds.
func (e *Engine) RunLayer(ctx context.Context, in *image.Intake, o RunOptions) (packed v1.Descriptor, result layer.Result, err error) {
	entrypoint := []string{}
	c, err := e.Create(ctx, CreateOptions{
		Base: &o.Base, Entrypoint: &entrypoint, Args: o.Args, Env: o.Env, Network: endpoint.Options{Mode: o.Network}, Image: "build", AutoRemove: true,
		Mounts: o.Mounts, Hardening: hardening.Settings{Tmpfs: o.Tmpfs},
	})
	if err != nil {
		return packed, result, err
	}
	noted, err := e.note(c.ID)
	if err != nil {
		return packed, result, errors.Join(err, e.Discard(context.WithoutCancel(ctx), c))
	}
	defer func() { err = errors.Join(err, noted.Close()) }()
	running, err := e.Start(ctx, c, Attachment{Stdout: o.Stdout, Stderr: o.Stderr})
	if err != nil {
		return packed, result, err
	}
	stop := context.AfterFunc(ctx, func() { running.Signal(unix.SIGKILL) })
	exit, err := running.Wait()
	stop()
	if err == nil {
		err = context.Cause(ctx)
	}
	if err == nil && exit != 0 {
		err = &ExitError{exit}
	}
	if err == nil { // before Finish, which removes what it has written
		packed, result, err = addChanges(ctx, in, c, layer.DiffOptions{MountPoints: o.mountPoints(), NotAfter: o.NotAfter})
	}
	return packed, result, errors.Join(err, running.Finish(context.WithoutCancel(ctx)))
}
