package endpoint

import (
	"errors"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/engine/refusal"
)

// CheckJoin brings a network up that a container is to be connected to besides those
// it has, and returns the network's name.
func (e *Endpoints) CheckJoin(c *container.Container, o Options) (string, error) {
	name, err := e.check(c, o, o.Mode)
	switch {
	case err != nil:
		return "", err
	case c.HostConfig.NetworkMode == container.ModeHost || strings.HasPrefix(c.HostConfig.NetworkMode, container.ModeContainer):
		return "", refusal.Invalidf("container sharing network namespace with another container or host cannot be connected to any other network")
	}
	return name, nil
}

// Join connects a container to one more network: at once if it runs. The caller notes
// that it is to be connected whenever it is started.
func (e *Endpoints) Join(c *container.Container, name string, o Options) error {
	if c.NetworkSettings.Networks[name] != nil {
		return refusal.Invalidf("endpoint with name %s already exists in network %s", c.PlainName(), name)
	}
	delete(c.NetworkSettings.Networks, container.ModeNone)
	c.NetworkSettings.Networks[name] = o.asked()
	if !c.State.Running {
		return nil
	}
	request, err := e.requestFor(c, name, c.State.Pid)
	if err == nil {
		_, err = e.networks.Connect(request)
	}
	if err != nil {
		return err
	}
	return errors.Join(e.writeNames(c.ID, name), e.writeResolvConf(c))
}

// Leave undoes Join.
func (e *Endpoints) Leave(c *container.Container, n *networks.Network) error {
	if c.NetworkSettings.Networks[n.Name] == nil {
		return refusal.Invalidf("container %s is not connected to network %s", c.ID, n.Name)
	}
	delete(c.NetworkSettings.Networks, n.Name)
	if !c.State.Running {
		return nil
	}
	if err := e.networks.DisconnectFrom(n, c.ID); err != nil {
		return err
	}
	return errors.Join(e.writeHosts(c.ID, e.newRoster()), e.writeNames(c.ID, n.ID), e.writeResolvConf(c))
}

// Rename has the others on its networks find a container that runs by the name it has
// now, and no more by the one it had.
func (e *Endpoints) Rename(c *container.Container) error {
	if !c.State.Running {
		return nil
	}
	names := connectable(c)
	for _, name := range names {
		n, err := e.networks.Find(name)
		if err == nil {
			err = e.networks.Rename(n, c.ID, c.PlainName(), namesOn(c, name))
		}
		if err != nil {
			return err
		}
	}
	return e.writeNames(c.ID, names...)
}
