package endpoint

import (
	"net/netip"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/engine/refusal"
)

// Options say how a container is to be connected.
type Options struct {
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

// refuseWithout refuses what makes no sense without a network of the engine's.
func (o Options) refuseWithout(mode string) error {
	switch {
	case len(o.Aliases) > 0:
		return refusal.Invalidf("network-scoped alias is supported only for containers in user defined networks")
	case o.Address.IsValid():
		return refusal.Invalidf("user specified IP address is supported on user defined networks only")
	case strings.HasPrefix(mode, container.ModeContainer) && (len(o.Ports) > 0 || o.PublishAll):
		return refusal.Invalidf("conflicting options: port publishing and the container type network mode")
	case len(o.Ports) > 0 && mode == container.ModeNone:
		return refusal.Invalidf("conflicting options: a port cannot be published without a network: leave --network none out")
	}
	return nil
}

// asked is what is asked for on one network.
func (o Options) asked() *networks.Endpoint {
	endpoint := &networks.Endpoint{Aliases: o.Aliases}
	if o.Address.IsValid() {
		endpoint.IPAMConfig = &networks.IPAMConfig{IPv4Address: o.Address.String()}
	}
	return endpoint
}
