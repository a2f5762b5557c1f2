package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
)

// connect connects a container, whose first process is there and waits, to its
// networks, and tells it and its neighbours of one another.
func (e *Engine) connect(c *container.Container, pid int) error {
	names := connectable(c)
	for i, name := range names {
		request, err := e.requestFor(c, name, pid)
		if err == nil && i == 0 {
			request.Ports, err = c.PortRequests()
		}
		if err == nil {
			_, err = e.Networks().Connect(request)
		}
		if err != nil {
			return fmt.Errorf("connecting to network %s: %w", name, err)
		}
	}
	if len(names) == 0 {
		return nil
	}
	return errors.Join(e.writeNames(names...), e.writeResolvConf(c))
}

// requestFor says what the container is to have on a network.
func (e *Engine) requestFor(c *container.Container, name string, pid int) (r networks.Request, err error) {
	r = networks.Request{
		Container: c.ID, Name: c.PlainName(), Names: namesOn(c, name),
		Namespace: fmt.Sprintf("/proc/%d/ns/net", pid), Resolvers: resolvers(c),
	}
	if asked := c.NetworkSettings.Networks[name].IPAMConfig; asked != nil {
		if r.Address, err = netip.ParseAddr(asked.IPv4Address); err != nil {
			return r, err
		}
	}
	r.Network, err = e.Networks().Find(name)
	return r, err
}

// connectable are the networks of the engine's that the container is to be
// connected to, that of its mode first.
func connectable(c *container.Container) []string {
	var names []string
	for name := range c.NetworkSettings.Networks {
		if name != networks.Host && name != networks.None {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if mode := c.HostConfig.NetworkMode; a == mode || b == mode {
			return map[bool]int{true: -1, false: 1}[a == mode]
		}
		return strings.Compare(a, b)
	})
	return names
}

// namesOn are the names by which others of a network find the container. On the
// default network nobody has any, as with Docker.
func namesOn(c *container.Container, network string) []string {
	if network == networks.Default {
		return nil
	}
	names := append([]string{c.PlainName()}, c.NetworkSettings.Networks[network].Aliases...)
	if names = append(names, container.ShortID(c.ID)); c.Config.Hostname != container.ShortID(c.ID) {
		names = append(names, c.Config.Hostname)
	}
	return names
}

// showNetworks fills in what a container has of the networks while it runs.
func (e *Engine) showNetworks(c *container.Container) error {
	leases, err := e.Networks().Of(c.ID)
	if err != nil || len(leases) == 0 {
		return err
	}
	names := map[string]string{}
	list, err := e.Networks().List()
	for _, n := range list {
		names[n.ID] = n.Name
	}
	for port := range c.Config.ExposedPorts {
		c.NetworkSettings.Ports[port] = nil
	}
	c.NetworkSettings.SandboxKey = fmt.Sprintf("/proc/%d/ns/net", c.State.Pid)
	c.NetworkSettings.Show(leases, names)
	return err
}

// disconnect takes back what a container had of the networks, its name included.
func (e *Engine) disconnect(id string) error {
	leases, err := e.Networks().Of(id)
	if err != nil || len(leases) == 0 {
		return err
	}
	var left []string
	for _, lease := range leases {
		left = append(left, lease.Network)
	}
	if err := e.Networks().Disconnect(id); err != nil {
		return err
	}
	return e.writeNames(left...)
}

// ConnectNetwork connects a container to one more network: at once if it runs, and
// whenever it is started.
func (e *Engine) ConnectNetwork(ctx context.Context, c *container.Container, o NetworkOptions) error {
	name, err := e.checkNetwork(c, o, o.Mode)
	switch {
	case err != nil:
		return err
	case slices.Contains([]string{modeHost, modeNone}, name):
		return invalidf("container cannot be connected to network %s: it is not one of the engine's", name)
	case c.HostConfig.NetworkMode == modeHost || strings.HasPrefix(c.HostConfig.NetworkMode, modeContainer):
		return invalidf("container sharing network namespace with another container or host cannot be connected to any other network")
	}
	endpoint := &networks.Endpoint{Aliases: o.Aliases}
	if o.Address.IsValid() {
		endpoint.IPAMConfig = &networks.IPAMConfig{IPv4Address: o.Address.String()}
	}
	return e.changeNetworks(ctx, c.ID, func(c *container.Container) error {
		if c.NetworkSettings.Networks[name] != nil {
			return invalidf("endpoint with name %s already exists in network %s", c.PlainName(), name)
		}
		delete(c.NetworkSettings.Networks, modeNone)
		c.NetworkSettings.Networks[name] = endpoint
		if !c.State.Running {
			return nil
		}
		request, err := e.requestFor(c, name, c.State.Pid)
		if err == nil {
			_, err = e.Networks().Connect(request)
		}
		if err != nil {
			return err
		}
		return errors.Join(e.writeNames(name), e.writeResolvConf(c))
	})
}

// DisconnectNetwork undoes ConnectNetwork, or what the container was made with.
func (e *Engine) DisconnectNetwork(ctx context.Context, c *container.Container, ref string) error {
	n, err := e.Networks().Find(ref)
	if err != nil {
		return err
	}
	return e.changeNetworks(ctx, c.ID, func(c *container.Container) error {
		if c.NetworkSettings.Networks[n.Name] == nil {
			return invalidf("container %s is not connected to network %s", c.ID, n.Name)
		}
		delete(c.NetworkSettings.Networks, n.Name)
		if !c.State.Running {
			return nil
		}
		if err := e.Networks().DisconnectFrom(n, c.ID); err != nil {
			return err
		}
		return errors.Join(e.writeHosts(c.ID), e.writeNames(n.ID), e.writeResolvConf(c))
	})
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
