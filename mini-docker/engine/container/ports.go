package container

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"drydock/mini-docker/engine/networks"
	"drydock/mini-docker/network/nat"
)

// BindingOf is a request as `inspect` shows it: HostConfig.PortBindings.
func BindingOf(r networks.PortRequest) networks.Binding {
	var b networks.Binding
	if r.HostIP.IsValid() {
		b.HostIP = r.HostIP.String()
	}
	switch {
	case r.First != 0 && r.Last > r.First:
		b.HostPort = fmt.Sprintf("%d-%d", r.First, r.Last)
	case r.First != 0:
		b.HostPort = strconv.Itoa(int(r.First))
	}
	return b
}

// PortRequests are the ports to publish, by number: those that were asked for and,
// if all were, the rest of those that are exposed.
func (c *Container) PortRequests() ([]networks.PortRequest, error) {
	var requests []networks.PortRequest
	for key, bindings := range c.HostConfig.PortBindings {
		for _, binding := range bindings {
			request, err := ParsePort(key, binding)
			if err != nil {
				return nil, err
			}
			requests = append(requests, request)
		}
	}
	for key := range c.Config.ExposedPorts {
		if !c.HostConfig.PublishAllPorts || len(c.HostConfig.PortBindings[key]) > 0 {
			continue
		}
		request, err := ParsePort(key, networks.Binding{})
		if err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	slices.SortFunc(requests, func(a, b networks.PortRequest) int { return int(a.Port) - int(b.Port) })
	return requests, nil
}

// ParsePort reads a port to publish, in the terms of Docker's port specification:
// key is 80/tcp, binding where on the host.
func ParsePort(key string, b networks.Binding) (r networks.PortRequest, err error) {
	number, protocol, _ := strings.Cut(key, "/")
	if r.Port, err = parsePort(number); err != nil {
		return r, err
	}
	switch protocol {
	case "", "tcp":
		r.Protocol = nat.TCP
	case "udp":
		r.Protocol = nat.UDP
	default:
		return r, invalidf("port %s: only tcp and udp are supported yet", key)
	}
	if b.HostIP != "" {
		if r.HostIP, err = netip.ParseAddr(b.HostIP); err != nil || !r.HostIP.Is4() {
			return r, invalidf("invalid host address %q for port %s: only IPv4 is supported yet", b.HostIP, key)
		}
	}
	if b.HostPort == "" {
		return r, nil
	}
	first, last, isRange := strings.Cut(b.HostPort, "-")
	if !isRange {
		last = first
	}
	if r.First, err = parsePort(first); err == nil {
		r.Last, err = parsePort(last)
	}
	if err == nil && r.Last < r.First {
		err = invalidf("invalid range of ports %q", b.HostPort)
	}
	return r, err
}

func parsePort(text string) (uint16, error) {
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, invalidf("invalid port %q: a number of 0 to 65535 is needed", text)
	}
	return uint16(number), nil
}

// PortLines says where the container's ports are on the host, as `port` does: all of
// them, or the one that is asked for.
func (c *Container) PortLines(wanted string) ([]string, error) {
	if wanted != "" {
		if !strings.Contains(wanted, "/") {
			wanted += "/tcp"
		}
		var lines []string
		for _, binding := range c.NetworkSettings.Ports[wanted] {
			lines = append(lines, binding.HostIP+":"+binding.HostPort)
		}
		if len(lines) == 0 {
			return nil, invalidf("no public port '%s' published for %s", wanted, c.PlainName())
		}
		return lines, nil
	}
	var lines []string
	for _, key := range c.portKeys() {
		for _, binding := range c.NetworkSettings.Ports[key] {
			lines = append(lines, fmt.Sprintf("%s -> %s:%s", key, binding.HostIP, binding.HostPort))
		}
	}
	return lines, nil
}

// PortsColumn says the same as `ps` does. A port that is exposed only comes too,
// while the container runs.
func (c *Container) PortsColumn() string {
	var parts []string
	for _, key := range c.portKeys() {
		bindings := c.NetworkSettings.Ports[key]
		if len(bindings) == 0 {
			parts = append(parts, key)
		}
		for _, binding := range bindings {
			parts = append(parts, fmt.Sprintf("%s:%s->%s", binding.HostIP, binding.HostPort, key))
		}
	}
	return strings.Join(parts, ", ")
}

// portKeys are the container's ports, like 80/tcp, by number.
func (c *Container) portKeys() []string {
	return slices.SortedFunc(maps.Keys(c.NetworkSettings.Ports), func(a, b string) int {
		one, _, _ := strings.Cut(a, "/")
		other, _, _ := strings.Cut(b, "/")
		return cmp.Or(cmp.Compare(len(one), len(other)), cmp.Compare(a, b))
	})
}
