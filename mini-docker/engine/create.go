package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/explain"
	"drydock/mini-docker/image"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// CreateOptions says what container is wanted. What is left out comes from the
// image, or is Docker's default.
type CreateOptions struct {
	Image      string
	Base       *Base     // what the container stands on, instead of an image, or nil
	Args       []string  // the image's own arguments when empty
	Entrypoint *[]string // the image's own when nil
	Name       string    // one by chance when empty

	Hostname   string
	Env        []string // a name without "=" takes the image's variable away
	User       string
	WorkingDir string
	Labels     map[string]string

	TTY, OpenStdin, AutoRemove, Init, ReadOnly bool
	IDFile                                     string // recorded only

	// Detached says that nobody will be attached to it from the start.
	Detached bool

	// Waits says that it is not started at once. Without it, one that is to be
	// removed at its end is removed too if its creator dies before it starts it.
	Waits bool

	Network NetworkOptions

	// host, container:NAME or private.
	PID, IPC, UTS string

	Mounts      []mounts.Request
	VolumesFrom []mounts.From
	Limits      limits.Limits
	Hardening   hardening.Settings

	// CgroupParent is a path below /mini-docker: where the container's cgroup lies,
	// which it gets if it is given limits. See JoinPod.
	CgroupParent string

	Narrate explain.Narrator // is told of the steps, or nil
}

// Base is what a container stands on that is no image yet: a step of a build.
type Base struct {
	Layers []string // directories, the top one first
	Config *v1.ConfigFile
}

// ImageNotFoundError names an image that is not in the store.
type ImageNotFoundError struct {
	Name  string
	cause error
}

func (e *ImageNotFoundError) Error() string {
	return fmt.Sprintf("Unable to find image '%s' locally", e.Name)
}
func (e *ImageNotFoundError) Unwrap() error { return e.cause }

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
	p, err := e.plan(ctx, o, from, layers)
	if err != nil {
		return nil, err
	}
	return p.Container, e.make(ctx, p)
}

// base finds what the container is to stand on, and unpacks it if need be.
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

// find opens an image. The base image, which this program carries, is made again
// where the store has lost a part of it. An error names the image with the tag
// that goes without saying.
func find(ctx context.Context, store *image.Store, name string) (*image.Image, error) {
	from, err := store.Get(name)
	if err == nil {
		return from, nil
	}
	if parsed, err := image.ParseName(name); err == nil {
		name = parsed.Familiar()
	}
	if name == image.BaseName {
		if err := store.RenewBase(ctx); err != nil {
			return nil, err
		}
		from, err = store.Get(name)
	}
	if errors.Is(err, image.ErrNotFound) {
		return nil, &ImageNotFoundError{name, err}
	}
	return from, err
}

// plan is a container that is not made yet.
type plan struct {
	*container.Container
	waits   bool // see CreateOptions
	volumes []volumeWish
}

// plan fills in what the new container will be like. Nothing is written.
func (e *Engine) plan(ctx context.Context, o CreateOptions, from *image.Image, layers []string) (*plan, error) {
	config := mergeConfig(o, from)
	command := append(slices.Clone(config.Entrypoint), config.Cmd...)
	if len(command) == 0 {
		return nil, invalidf("no command specified: name one behind the image")
	}
	id := container.NewID()
	dir := e.containers.Dir(id)
	c := &container.Container{
		ID: id, Created: time.Now().UTC(), Path: command[0], Args: command[1:],
		State: container.State{Status: container.Created}, Image: from.ID.String(), Name: o.Name,
		ResolvConfPath: filepath.Join(dir, "resolv.conf"),
		HostnamePath:   filepath.Join(dir, "hostname"),
		HostsPath:      filepath.Join(dir, "hosts"),
		LogPath:        e.logPath(id),
		Driver:         "overlay", Platform: "linux",
		GraphDriver: container.GraphDriver{Name: "overlay", Data: overlayData(layers, dir)},
		Mounts:      []container.Mount{}, Config: config,
		HostConfig: container.HostConfig{
			ContainerIDFile: o.IDFile, AutoRemove: o.AutoRemove, Init: o.Init, ReadonlyRootfs: o.ReadOnly,
			Runtime: "mini-docker", Settings: o.Hardening,
		},
	}
	if err := e.planLimits(c, o.Limits); err != nil {
		return nil, err
	}
	p := &plan{Container: c, waits: o.Waits}
	if err := errors.Join(planCgroupParent(c, o.CgroupParent), e.planMounts(ctx, p, o)); err != nil {
		return nil, err
	}
	if err := planHardening(c); err != nil {
		return nil, err
	}
	return p, e.planNamespaces(ctx, c, o)
}

// mergeConfig puts the image's settings and the caller's together. A new
// entrypoint comes without the image's arguments: they were meant for the old.
func mergeConfig(o CreateOptions, from *image.Image) container.Config {
	own := from.Config.Config
	c := container.Config{
		Hostname: o.Hostname, User: own.User, Tty: o.TTY, OpenStdin: o.OpenStdin, StdinOnce: o.OpenStdin && !o.Detached,
		AttachStdin: o.OpenStdin && !o.Detached, AttachStdout: !o.Detached, AttachStderr: !o.Detached,
		Env: bundle.MergeEnv(own.Env, o.Env), Cmd: own.Cmd, Entrypoint: own.Entrypoint,
		Image: o.Image, WorkingDir: own.WorkingDir, Labels: map[string]string{}, StopSignal: own.StopSignal,
	}
	if o.User != "" {
		c.User = o.User
	}
	if o.WorkingDir != "" {
		c.WorkingDir = o.WorkingDir
	}
	if o.Entrypoint != nil {
		c.Entrypoint, c.Cmd = *o.Entrypoint, nil
	}
	if len(o.Args) > 0 {
		c.Cmd = o.Args
	}
	c.ExposedPorts = maps.Clone(own.ExposedPorts)
	c.Volumes = maps.Clone(own.Volumes)
	maps.Copy(c.Labels, own.Labels)
	maps.Copy(c.Labels, o.Labels)
	return c
}

// make makes the container's folder and gives the container its name. The folder
// is filled while it is hidden.
func (e *Engine) make(ctx context.Context, p *plan) (err error) {
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
	return container.KeepVolumes(e.containers.Dir(c.ID), !c.HostConfig.AutoRemove)
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
func (e *Engine) fill(dir string, p *plan) error {
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
	if err := writeNetworkFiles(dir, p.Container); err != nil {
		return err
	}
	if p.waits {
		if err := os.WriteFile(filepath.Join(dir, waitsFile), nil, 0o600); err != nil {
			return err
		}
	}
	return errors.Join(container.KeepVolumes(dir, false), p.Save(dir))
}

// waitsFile is there if the container is to be started some time: see
// CreateOptions.Waits.
const waitsFile = "waits"
