package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/plan"
	"drydock/mini-docker/explain"
	"drydock/mini-docker/flock"
	"drydock/mini-docker/image"
)

// Create makes a container. Until it is started, released or removed the caller
// owns it. If the caller dies before Create returns, nothing remains that List
// does not tidy up.
func (e *Engine) Create(ctx context.Context, o CreateOptions) (*container.Container, error) {
	if err := e.sweep(ctx); err != nil {
		return nil, err
	}
	from, layers, err := e.base(ctx, o)
	if err != nil {
		return nil, err
	}
	p, err := plan.New(ctx, e.world(), o, from, layers)
	if err != nil {
		return nil, err
	}
	return p.Container, e.make(ctx, p)
}

// world is what there is that a new container can refer to.
func (e *Engine) world() plan.World {
	return plan.World{
		Containers: e.containers, Volumes: e.Volumes(), Endpoints: e.endpoints(), Cgroups: e.runtime.Cgroups,
		Find: e.Find, Inspect: e.Inspect,
	}
}

// make makes the container's folder and gives the container its name. The folder
// is filled while it is hidden.
func (e *Engine) make(ctx context.Context, p *plan.Plan) (err error) {
	c := p.Container
	hidden := e.containers.Hidden(c.ID)
	if c.Owner, err = e.newHidden(hidden); err != nil {
		return fmt.Errorf("making the container's folder: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.unmake(ctx, c))
		}
	}()
	name, err := e.takeName(ctx, c.Name, c.ID)
	if err != nil {
		return err
	}
	c.Name = path.Join("/", name)
	if err := e.fill(hidden, p); err != nil {
		return fmt.Errorf("making the container's folder: %w", err)
	}
	if err := e.makeVolumes(ctx, p); err != nil {
		return err
	}
	if err := os.Rename(hidden, e.containers.Dir(c.ID)); err != nil {
		return err
	}
	return c.KeepVolumes(e.containers.Dir(c.ID), !c.HostConfig.AutoRemove)
}

// newHidden makes a folder and locks it. Whoever tidies up may see it between
// the two and remove it: then it is made again.
func (e *Engine) newHidden(hidden string) (*flock.Lock, error) {
	for {
		if err := os.MkdirAll(hidden, 0o700); err != nil {
			return nil, err
		}
		lock, err := flock.Take(hidden)
		if err == nil || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, flock.ErrHeld) {
			return lock, err
		}
	}
}

// unmake takes back what make has done so far.
func (e *Engine) unmake(ctx context.Context, c *container.Container) error {
	defer c.Release()
	err := e.containers.DropName(ctx, c.PlainName(), c.ID)
	return errors.Join(err, e.removeHidden(ctx, c.ID))
}

// fill puts into the folder what the container starts from.
func (e *Engine) fill(dir string, p *plan.Plan) error {
	if err := os.MkdirAll(e.rootfs(), 0o755); err != nil {
		return err
	}
	for _, name := range []string{"upper", "work"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			return err
		}
	}
	// The umask must not decide whether the container's other users may enter
	// its root directory.
	if err := os.Chmod(filepath.Join(dir, "upper"), 0o755); err != nil {
		return err
	}
	if err := endpoint.WriteFiles(dir, p.Container); err != nil {
		return err
	}
	if p.Waits {
		if err := os.WriteFile(filepath.Join(dir, waitsFile), nil, 0o600); err != nil {
			return err
		}
	}
	return errors.Join(p.KeepVolumes(dir, false), p.Save(dir))
}

// waitsFile is there if the container is to be started some time: see
// CreateOptions.Waits.
const waitsFile = "waits" // base finds what the container is to stand on, and unpacks it if need be.
func (e *Engine) base(ctx context.Context, o CreateOptions) (*image.Image, []string, error) {
	if o.Base != nil {
		return &image.Image{Config: o.Base.Config}, o.Base.Layers, nil
	}
	store, err := e.Images(ctx)
	if err != nil {
		return nil, nil, err
	}
	o.Narrate.Step(explain.Image, o.Image)
	from, err := find(ctx, store, o.Image)
	if err != nil {
		return nil, nil, err
	}
	if err := from.CheckPlatform(o.Image); err != nil {
		return nil, nil, err
	}
	layers, err := store.Layers(ctx, from)
	return from, layers, err
}
