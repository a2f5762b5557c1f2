package endpoint

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
)

// Connect connects a container, whose first process is there and waits, to its
// networks, and tells it and its neighbours of one another.
func (e *Endpoints) Connect(c *container.Container, pid int) error {
	names := connectable(c)
	for i, name := range names {
		request, err := e.requestFor(c, name, pid)
		if err == nil && i == 0 {
			request.Ports, err = c.PortRequests()
		}
		if err == nil {
			_, err = e.networks.Connect(request)
		}
		if err != nil {
			return fmt.Errorf("connecting to network %s: %w", name, err)
		}
	}
	if err := setSysctls(c.HostConfig.Sysctls, pid, len(names) > 0); err != nil || len(names) == 0 {
		return err
	}
	return errors.Join(e.writeNames(c.ID, names...), e.writeResolvConf(c))
}

// requestFor says what the container is to have on a network.
func (e *Endpoints) requestFor(c *container.Container, name string, pid int) (r networks.Request, err error) {
	r = networks.Request{
		Container: c.ID, Name: c.PlainName(), Names: namesOn(c, name),
		Namespace: fmt.Sprintf("/proc/%d/ns/net", pid), Resolvers: resolvers(c),
	}
	if asked := c.NetworkSettings.Networks[name].IPAMConfig; asked != nil {
		if r.Address, err = netip.ParseAddr(asked.IPv4Address); err != nil {
			return r, err
		}
	}
	r.Network, err = e.networks.Find(name)
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

// Show fills in what a container has of the networks while it runs.
func (e *Endpoints) Show(c *container.Container) error {
	leases, err := e.networks.Of(c.ID)
	if err != nil || len(leases) == 0 {
		return err
	}
	names := map[string]string{}
	list, err := e.networks.List()
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

// Disconnect takes back what a container had of the networks, its name included.
func (e *Endpoints) Disconnect(id string) error {
	leases, err := e.networks.Of(id)
	if err != nil || len(leases) == 0 {
		return err
	}
	var left []string
	for _, lease := range leases {
		left = append(left, lease.Network)
	}
	if err := e.networks.Disconnect(id); err != nil {
		return err
	}
	return e.writeNames(id, left...)
}
