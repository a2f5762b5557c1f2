package main

import (
	"fmt"
	"net/netip"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/networks"

	"github.com/docker/go-connections/nat"
	"github.com/spf13/pflag"
)

// networkFlags are the flags of run that say how a container is connected.
type networkFlags struct {
	mode       string
	aliases    []string
	address    string
	publish    []string
	publishAll bool
	expose     []string

	dns, dnsSearch, dnsOptions []string
}

func (f *networkFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.mode, "network", "default", "Connect a container to a network (bridge|none|host|container:<name|id>|<network>)")
	flags.StringArrayVar(&f.aliases, "network-alias", nil, "Add network-scoped alias for the container")
	flags.StringVar(&f.address, "ip", "", "IPv4 address (e.g., 172.30.100.104)")
	flags.StringArrayVarP(&f.publish, "publish", "p", nil, "Publish a container's port(s) to the host")
	flags.BoolVarP(&f.publishAll, "publish-all", "P", false, "Publish all exposed ports to random ports")
	flags.StringArrayVar(&f.expose, "expose", nil, "Expose a port or a range of ports")
	flags.StringArrayVar(&f.dns, "dns", nil, "Set custom DNS servers")
	flags.StringArrayVar(&f.dnsSearch, "dns-search", nil, "Set custom DNS search domains")
	flags.StringArrayVar(&f.dnsOptions, "dns-option", nil, "Set DNS options")
}

// options turns the flags into what the engine wants to know.
func (f *networkFlags) options() (o endpoint.Options, err error) {
	o = endpoint.Options{
		Mode: f.mode, Aliases: f.aliases, PublishAll: f.publishAll,
		DNS: f.dns, DNSSearch: f.dnsSearch, DNSOptions: f.dnsOptions,
	}
	if f.address != "" {
		if o.Address, err = netip.ParseAddr(f.address); err != nil {
			return o, fmt.Errorf("invalid IPv4 address: %s", f.address)
		}
	}
	for _, server := range f.dns {
		if _, err := netip.ParseAddr(server); err != nil {
			return o, fmt.Errorf("%s is not an ip address", server)
		}
	}
	for _, domain := range f.dnsSearch {
		if len(strings.Fields(domain)) != 1 { // resolv.conf(5) takes blanks for the end
			return o, fmt.Errorf("%s is not a valid domain", domain)
		}
	}
	if o.Ports, err = parsePublish(f.publish); err != nil {
		return o, err
	}
	o.Exposed, err = parseExpose(f.expose)
	return o, err
}

// parsePublish reads the values of -p, which Docker's own parser takes apart:
// [[ADDRESS:]HOSTPORT:]PORT[/PROTOCOL], with ranges for both ports.
func parsePublish(specs []string) ([]networks.PortRequest, error) {
	var requests []networks.PortRequest
	for _, spec := range specs {
		mappings, err := nat.ParsePortSpec(spec)
		if err != nil {
			return nil, err
		}
		for _, mapping := range mappings {
			binding := networks.Binding{HostIP: mapping.Binding.HostIP, HostPort: mapping.Binding.HostPort}
			request, err := container.ParsePort(string(mapping.Port), binding)
			if err != nil {
				return nil, err
			}
			requests = append(requests, request)
		}
	}
	return requests, nil
}

// parseExpose reads the values of --expose: a port or a range of them.
func parseExpose(specs []string) ([]string, error) {
	var keys []string
	for _, spec := range specs {
		if strings.Contains(spec, ":") {
			return nil, fmt.Errorf("invalid port format for --expose: %s", spec)
		}
		protocol, ports := nat.SplitProtoPort(strings.ToLower(spec))
		first, last, err := nat.ParsePortRangeToInt(ports)
		if err != nil {
			return nil, fmt.Errorf("invalid range format for --expose: %s: %w", spec, err)
		}
		for port := first; port <= last; port++ {
			key := fmt.Sprintf("%d/%s", port, protocol)
			if _, err := container.ParsePort(key, networks.Binding{}); err != nil {
				return nil, err
			}
			keys = append(keys, key)
		}
	}
	return keys, nil
}
