package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/engine/refusal"
	"drydock/mini-docker/network"
)

// NetworkOptions says how a container is connected.
type NetworkOptions struct {
	// Mode is none, host, container:NAME, or a network. The network "default" is
	// the one that a container is connected to that asks for nothing else, and
	// none where there can be no networks.
	Mode string

	Aliases []string   // names it has on that network besides its own
	Address netip.Addr // on that network; any if not valid

	Ports      []networks.PortRequest
	PublishAll bool // every port that the image exposes, at any port of the host
	Exposed    []string

	DNS, DNSSearch, DNSOptions []string // instead of the host's /etc/resolv.conf
}

const modeDefault = "default"

// Networks are the networks of this engine.
func (e *Engine) Networks() *networks.Store {
	return networks.New(networks.Options{
		Root: e.root, RunDir: e.run,
		IsAlive: func(id string) bool { return flock.IsHeld(e.containers.Dir(id)) },
	})
}

// planNetwork returns the mode to record, and notes what the container's start is
// to connect.
func (e *Engine) planNetwork(c *container.Container, o NetworkOptions, mode string) (_ string, err error) {
	switch {
	case mode == "":
		mode = modeNone
	case mode == modeDefault:
		mode = networks.Default
	}
	if mode == modeNone || mode == modeHost || strings.HasPrefix(mode, modeContainer) {
		err = o.refuseWithout(mode)
	} else {
		mode, err = e.checkNetwork(c, o, mode)
	}
	if err == nil {
		noteNetwork(c, o, mode)
	}
	return mode, err
}

// checkNetwork brings the network up: what cannot work is to be known before there
// is a container. It returns the network's name, or none where there can be none.
func (e *Engine) checkNetwork(c *container.Container, o NetworkOptions, mode string) (string, error) {
	n, err := e.Networks().Find(mode)
	if errors.Is(err, networks.ErrNotExist) {
		return "", refusal.As(ErrInvalid, "%v", err)
	}
	if err != nil {
		return "", err
	}
	switch {
	case n.Name == networks.Default && len(o.Aliases) > 0:
		return "", invalidf("network-scoped alias is supported only for containers in user defined networks")
	case o.Address.IsValid() && !n.IsChosen:
		return "", invalidf("user specified IP address is supported only when connecting to networks with user configured subnets")
	}
	if bundle.ThisHost().NewUser {
		err = fmt.Errorf("%w: that takes root, or `drydock shell`, where you are root", network.ErrUnsupported)
	} else {
		err = e.Networks().Prepare(n)
	}
	if errors.Is(err, networks.ErrNoNames) {
		c.Warnings, err = append(c.Warnings, err.Error()), nil
	}
	if err == nil {
		warnings, failed := e.Networks().Warnings(n)
		c.Warnings, err = append(c.Warnings, warnings...), failed
	}
	if errors.Is(err, network.ErrUnsupported) && o.Mode == modeDefault && o.refuseWithout(modeNone) == nil {
		if !bundle.ThisHost().NewUser { // who is nobody's root expects no network
			c.Warnings = append(c.Warnings, "the container has no network but its own loopback: "+err.Error())
		}
		return modeNone, nil
	}
	return n.Name, err
}

// refuseWithout refuses what makes no sense without a network of the engine's.
func (o NetworkOptions) refuseWithout(mode string) error {
	switch {
	case len(o.Aliases) > 0:
		return invalidf("network-scoped alias is supported only for containers in user defined networks")
	case o.Address.IsValid():
		return invalidf("user specified IP address is supported on user defined networks only")
	case strings.HasPrefix(mode, modeContainer) && (len(o.Ports) > 0 || o.PublishAll):
		return invalidf("conflicting options: port publishing and the container type network mode")
	case len(o.Ports) > 0 && mode == modeNone:
		return invalidf("conflicting options: a port cannot be published without a network: leave --network none out")
	}
	return nil
}

// noteNetwork notes what was asked for.
func noteNetwork(c *container.Container, o NetworkOptions, mode string) {
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
	case strings.HasPrefix(mode, modeContainer):
		return
	case mode == modeHost && len(o.Ports) > 0:
		c.Warnings = append(c.Warnings, "Published ports are discarded when using host network mode")
	}
	endpoint := &networks.Endpoint{Aliases: o.Aliases}
	if o.Address.IsValid() {
		endpoint.IPAMConfig = &networks.IPAMConfig{IPv4Address: o.Address.String()}
	}
	c.NetworkSettings.Networks[mode] = endpoint
}

func expose(c *container.Container, port string) {
	if c.Config.ExposedPorts == nil {
		c.Config.ExposedPorts = map[string]struct{}{}
	}
	c.Config.ExposedPorts[port] = struct{}{}
}
