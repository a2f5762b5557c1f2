package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/engine/scratch"
	"drydock/mini-docker/image"
	"drydock/mini-docker/layer"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"golang.org/x/sys/unix"
)

// RunOptions say what RunLayer is to execute.
type RunOptions struct {
	Base           Base
	Args           []string
	Env            []string
	SecretEnv      []string // see Attachment
	Network        string
	Mounts         []mounts.Request  // of which nothing stays in the layer
	Tmpfs          map[string]string // likewise
	NotAfter       time.Time         // the latest time that a file of the layer has, or zero
	Stdout, Stderr io.Writer         // or nil
}

// mountPoints are what is mounted upon.
func (o RunOptions) mountPoints() []string {
	points := filesystem.MountPoints()
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
	running, err := e.Start(ctx, c, Attachment{Stdout: o.Stdout, Stderr: o.Stderr, SecretEnv: o.SecretEnv})
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
		packed, result, err = filesystem.AddChanges(ctx, in, c, layer.DiffOptions{MountPoints: o.mountPoints(), NotAfter: o.NotAfter})
	}
	return packed, result, errors.Join(err, running.Finish(context.WithoutCancel(ctx)))
}

// runPrefix starts the names of the folders in which a build notes the container of
// the step that it executes.
const runPrefix = "build-run-"

// note writes down, in a folder that is locked while this process lives, that a
// container is to go with it. Its shim keeps it up whoever dies.
func (e *Engine) note(id string) (*scratch.Scratch, error) {
	noted, err := scratch.New(e.run, runPrefix)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(noted.Dir, id), nil, 0o600); err != nil {
		return nil, errors.Join(err, noted.Close())
	}
	return noted, nil
}

// SweepBuilds removes the containers of RunLayer whose process was killed.
func (e *Engine) SweepBuilds(ctx context.Context) error {
	return scratch.Sweep(e.run, runPrefix, func(dir string) error {
		noted, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, each := range noted {
			c, err := e.Inspect(ctx, each.Name())
			if err == nil {
				err = e.Remove(ctx, c, true)
			}
			if err != nil && !errors.Is(err, container.ErrNotExist) {
				return err
			}
		}
		return nil
	})
}
