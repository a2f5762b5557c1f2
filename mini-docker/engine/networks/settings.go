package networks

import (
	"fmt"
	"net/netip"
	"strconv"
	"time"
)

// Settings is what `inspect` tells of a container's networks, with Docker's names.
type Settings struct {
	SandboxKey string // the file that stands for its network namespace
	Ports      map[string][]Binding

	// Those of the default network, once more.
	EndpointID  string
	Gateway     string
	IPAddress   string
	IPPrefixLen int
	MacAddress  string

	Networks map[string]*Endpoint
}

// Binding is a port of the host.
type Binding struct {
	HostIP   string `json:"HostIp"`
	HostPort string
}

// Endpoint is a container's connection to one network. What was asked for stands
// in the first two fields, and the rest is empty while the container does not run.
type Endpoint struct {
	IPAMConfig *IPAMConfig
	Aliases    []string

	MacAddress          string
	DNSNames            []string
	NetworkID           string
	EndpointID          string
	Gateway             string
	IPAddress           string
	IPPrefixLen         int
	IPv6Gateway         string
	GlobalIPv6Address   string
	GlobalIPv6PrefixLen int
}

// IPAMConfig is the address that was asked for.
type IPAMConfig struct {
	IPv4Address string `json:",omitempty"`
}

// Show fills in what a container's leases say.
func (s *Settings) Show(leases []*Lease, names map[string]string) {
	for _, lease := range leases {
		name := names[lease.Network]
		endpoint := s.Networks[name]
		if endpoint == nil {
			endpoint = new(Endpoint)
			s.Networks[name] = endpoint
		}
		endpoint.NetworkID, endpoint.EndpointID, endpoint.MacAddress = lease.Network, lease.EndpointID, lease.MAC
		endpoint.Gateway, endpoint.DNSNames = lease.Gateway.String(), lease.Names
		endpoint.IPAddress, endpoint.IPPrefixLen = lease.Address.Addr().String(), lease.Address.Bits()
		if name == Default {
			s.EndpointID, s.Gateway, s.MacAddress = endpoint.EndpointID, endpoint.Gateway, endpoint.MacAddress
			s.IPAddress, s.IPPrefixLen = endpoint.IPAddress, endpoint.IPPrefixLen
		}
		for _, port := range lease.Published {
			key := fmt.Sprintf("%d/%s", port.Port, port.Protocol)
			s.Ports[key] = append(s.Ports[key], Binding{port.HostIP.String(), strconv.Itoa(int(port.HostPort))})
		}
	}
}

// Description is what `network inspect` prints of a network, with Docker's names.
type Description struct {
	Name       string
	ID         string `json:"Id"`
	Created    time.Time
	Scope      string
	Driver     string
	EnableIPv4 bool
	EnableIPv6 bool
	IPAM       struct {
		Driver string
		Config []IPAMRange
	}
	Internal   bool
	Attachable bool
	Ingress    bool
	Containers map[string]Member
	Options    map[string]string
	Labels     map[string]string
}

// IPAMRange is where a network's addresses come from.
type IPAMRange struct {
	Subnet  string
	IPRange string `json:",omitempty"`
	Gateway string `json:",omitempty"`
}

// Member is a container of a network.
type Member struct {
	Name        string
	EndpointID  string
	MacAddress  string
	IPv4Address string
	IPv6Address string
}

// Describe says all that is known of a network.
func (s *Store) Describe(n *Network) (*Description, error) {
	d := &Description{
		Name: n.Name, ID: n.ID, Created: n.Created, Scope: "local", Driver: n.Driver, EnableIPv4: true,
		Internal: n.Internal, Containers: map[string]Member{}, Options: map[string]string{}, Labels: map[string]string{},
	}
	d.IPAM.Driver, d.IPAM.Config = "default", []IPAMRange{}
	if n.Subnet.IsValid() {
		d.IPAM.Config = append(d.IPAM.Config, IPAMRange{n.Subnet.String(), textOf(n.IPRange), n.Gateway.String()})
	}
	for key, value := range n.Options {
		d.Options[key] = value
	}
	if n.Bridge != "" {
		d.Options["com.docker.network.bridge.name"] = n.Bridge
	}
	for key, value := range n.Labels {
		d.Labels[key] = value
	}
	leases, err := s.holding(n)
	for _, lease := range leases {
		d.Containers[lease.Container] = Member{
			Name: lease.Name, EndpointID: lease.EndpointID, MacAddress: lease.MAC, IPv4Address: lease.Address.String(),
		}
	}
	return d, err
}

func textOf(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}
