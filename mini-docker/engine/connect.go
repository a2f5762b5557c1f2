package engine

import (
	"context"
	"errors"
	"slices"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/networks"
)

// ConnectNetwork connects a container to one more network: at once if it runs, and
// whenever it is started.
func (e *Engine) ConnectNetwork(ctx context.Context, c *container.Container, o endpoint.Options) error {
	name, err := e.endpoints().CheckJoin(c, o)
	if err != nil {
		return err
	}
	return e.changeNetworks(ctx, c.ID, func(c *container.Container) error { return e.endpoints().Join(c, name, o) })
}

// DisconnectNetwork undoes ConnectNetwork, or what the container was made with.
func (e *Engine) DisconnectNetwork(ctx context.Context, c *container.Container, ref string) error {
	n, err := e.Networks().Find(ref)
	if err != nil {
		return err
	}
	return e.changeNetworks(ctx, c.ID, func(c *container.Container) error { return e.endpoints().Leave(c, n) })
}

// changeNetworks changes what networks a container is connected to. One change
// comes after the other: each is made of what the last one left.
func (e *Engine) changeNetworks(ctx context.Context, id string, change func(c *container.Container) error) error {
	lock, err := e.containers.Exclusive(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	c, err := e.Inspect(ctx, id)
	if err != nil {
		return err
	}
	if err := change(c); err != nil {
		return err
	}
	asked := map[string]*networks.Endpoint{}
	for name, endpoint := range c.NetworkSettings.Networks {
		asked[name] = &networks.Endpoint{IPAMConfig: endpoint.IPAMConfig, Aliases: endpoint.Aliases}
	}
	return e.containers.ChangeNetworks(id, asked)
}

// PruneNetworks removes the networks that no container is connected to, or would be
// at its start, and returns their names. The default one stays, without its bridge.
func (e *Engine) PruneNetworks(ctx context.Context) (removed []string, err error) {
	containers, err := e.List(ctx)
	if err != nil {
		return nil, err
	}
	list, err := e.Networks().List()
	if err != nil {
		return nil, err
	}
	for _, n := range list {
		used := slices.ContainsFunc(containers, func(c *container.Container) bool { return c.NetworkSettings.Networks[n.Name] != nil })
		switch {
		case n.Name == networks.Default:
			err = errors.Join(err, e.Networks().TakeDown(n))
		case n.IsPredefined() || used:
		default:
			if failed := e.Networks().Remove(n); failed == nil {
				removed = append(removed, n.Name)
			} else if !errors.Is(failed, networks.ErrInUse) {
				err = errors.Join(err, failed)
			}
		}
	}
	return removed, err
}
