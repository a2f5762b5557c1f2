// Package plan turns what is asked for into a container that is not made yet: it puts
// the image's settings and the caller's together, checks them, and refuses what cannot
// be meant, in Docker's words.
//
//	p, err := plan.New(ctx, world, plan.Options{Image: "mini/box"}, image, layers)
//
// Nothing is written, but the network that the container asks for is brought up: what
// cannot work is to be known before there is a container. To make it is for package
// engine.
package plan

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"time"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/image"
	"drydock/mini-docker/volume"
)

// Plan is a container that is not made yet.
type Plan struct {
	*container.Container
	Waits   bool // see Options
	Volumes []VolumeWish
}

// World is what a plan refers to.
type World struct {
	Containers *container.Store
	Volumes    *volume.Store
	Endpoints  *endpoint.Endpoints
	Cgroups    func() (cgroup.Trees, error)

	// Find returns the container that is meant, Inspect that of exactly this id.
	Find, Inspect func(ctx context.Context, ref string) (*container.Container, error)
}

// New plans what the new container will be like. Nothing is written.
func New(ctx context.Context, w World, o Options, from *image.Image, layers []string) (*Plan, error) {
	config := mergeConfig(o, from)
	command := append(slices.Clone(config.Entrypoint), config.Cmd...)
	if len(command) == 0 {
		return nil, refusal.Invalidf("no command specified: name one behind the image")
	}
	id := container.NewID()
	dir := w.Containers.Dir(id)
	c := &container.Container{
		ID: id, Created: time.Now().UTC(), Path: command[0], Args: command[1:],
		State: container.State{Status: container.Created}, Image: from.ID.String(), Name: o.Name,
		ResolvConfPath: filepath.Join(dir, "resolv.conf"),
		HostnamePath:   filepath.Join(dir, "hostname"),
		HostsPath:      filepath.Join(dir, "hosts"),
		LogPath:        w.Containers.Log(id),
		Driver:         "overlay", Platform: "linux",
		GraphDriver: container.GraphDriver{Name: "overlay", Data: filesystem.Data(layers, dir)},
		Mounts:      []container.Mount{}, Config: config,
		HostConfig: container.HostConfig{
			ContainerIDFile: o.IDFile, AutoRemove: o.AutoRemove, Init: o.Init, ReadonlyRootfs: o.ReadOnly,
			Runtime: "mini-docker", Settings: o.Hardening,
		},
	}
	if err := w.planLimits(c, o.Limits); err != nil {
		return nil, err
	}
	p := &Plan{Container: c, Waits: o.Waits}
	if err := errors.Join(planCgroupParent(c, o.CgroupParent), w.planMounts(ctx, p, o)); err != nil {
		return nil, err
	}
	if err := planHardening(c); err != nil {
		return nil, err
	}
	return p, w.planNamespaces(ctx, c, o)
}
