package endpoint

import (
	"errors"
	"fmt"
	"strings"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/network"
)

// Plan returns the mode to record, and notes what the container's start is
// to connect.
func (e *Endpoints) Plan(c *container.Container, o Options, mode string) (_ string, err error) {
	switch {
	case mode == "":
		mode = container.ModeNone
	case mode == networks.Reserved:
		mode = networks.Default
	}
	if mode == container.ModeNone || mode == container.ModeHost || strings.HasPrefix(mode, container.ModeContainer) {
		err = o.refuseWithout(mode)
	} else {
		mode, err = e.check(c, o, mode)
	}
	if err == nil {
		note(c, o, mode)
	}
	return mode, err
}

// check brings the network up: what cannot work is to be known before there
// is a container. It returns the network's name, or none where there can be none.
func (e *Endpoints) check(c *container.Container, o Options, mode string) (string, error) {
	n, err := e.networks.Find(mode)
	if errors.Is(err, networks.ErrNotExist) {
		return "", refusal.As(refusal.ErrInvalid, "%v", err)
	}
	if err != nil {
		return "", err
	}
	switch {
	case n.Driver != networks.DriverBridge:
		return "", refusal.Invalidf("container cannot be connected to network %s: it is not one of the engine's", n.Name)
	case n.Name == networks.Default && len(o.Aliases) > 0:
		return "", refusal.Invalidf("network-scoped alias is supported only for containers in user defined networks")
	case o.Address.IsValid() && !n.IsChosen:
		return "", refusal.Invalidf("user specified IP address is supported only when connecting to networks with user configured subnets")
	}
	if bundle.ThisHost().NewUser {
		err = fmt.Errorf("%w: that takes root, or `drydock shell`, where you are root", network.ErrUnsupported)
	} else {
		err = e.networks.Prepare(n)
	}
	if errors.Is(err, networks.ErrNoNames) {
		c.Warnings, err = append(c.Warnings, err.Error()), nil
	}
	if err == nil {
		warnings, failed := e.networks.Warnings(n)
		c.Warnings, err = append(c.Warnings, warnings...), failed
	}
	if errors.Is(err, network.ErrUnsupported) && o.Mode == networks.Reserved && o.refuseWithout(container.ModeNone) == nil {
		if !bundle.ThisHost().NewUser { // who is nobody's root expects no network
			c.Warnings = append(c.Warnings, "the container has no network but its own loopback: "+err.Error())
		}
		return container.ModeNone, nil
	}
	return n.Name, err
}

// note notes what was asked for.
func note(c *container.Container, o Options, mode string) {
	c.HostConfig.PortBindings = map[string][]networks.Binding{}
	c.HostConfig.PublishAllPorts = o.PublishAll
	c.HostConfig.DNS, c.HostConfig.DNSSearch, c.HostConfig.DNSOptions = o.DNS, o.DNSSearch, o.DNSOptions
	for _, port := range o.Ports {
		key := fmt.Sprintf("%d/%s", port.Port, port.Protocol)
		c.HostConfig.PortBindings[key] = append(c.HostConfig.PortBindings[key], container.BindingOf(port))
		expose(c, key)
	}
	for _, key := range o.Exposed {
		expose(c, key)
	}
	c.NetworkSettings.Networks = map[string]*networks.Endpoint{}
	c.NetworkSettings.Ports = map[string][]networks.Binding{}
	switch {
	case strings.HasPrefix(mode, container.ModeContainer):
		return
	case mode == container.ModeHost && len(o.Ports) > 0:
		c.Warnings = append(c.Warnings, "Published ports are discarded when using host network mode")
	}
	c.NetworkSettings.Networks[mode] = o.asked()
}

func expose(c *container.Container, port string) {
	if c.Config.ExposedPorts == nil {
		c.Config.ExposedPorts = map[string]struct{}{}
	}
	c.Config.ExposedPorts[port] = struct{}{}
}
