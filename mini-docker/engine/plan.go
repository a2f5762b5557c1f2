package engine

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/image"
)

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
		LogPath:        e.containers.Log(id),
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
