package endpoint

import (
	"net/netip"
	"os"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
)

// writeResolvConf has a container that runs ask the name servers of the networks it
// is on now. The file is mounted already, so it keeps its inode.
//
// Those that were asked for, or are the host's, stay behind them: whoever finds that
// a name server is gone asks the next, and the names of containers stand in
// /etc/hosts besides.
func (e *Endpoints) writeResolvConf(c *container.Container) error {
	leases, err := e.networks.Of(c.ID)
	if err != nil {
		return err
	}
	var servers []string
	for _, lease := range leases {
		if lease.NameServer.IsValid() {
			servers = append(servers, lease.NameServer.String())
		}
	}
	return os.WriteFile(c.ResolvConfPath, resolvConf(c, servers...), 0o644)
}

// resolvers are whom the container's networks pass questions on to: those that were
// asked for, or the host's, whose loopback is in reach for them.
func resolvers(c *container.Container) []netip.AddrPort {
	servers := c.HostConfig.DNS
	if len(servers) == 0 {
		servers, _, _ = hostResolvConf()
	}
	var list []netip.AddrPort
	for _, server := range servers {
		if address, err := netip.ParseAddr(server); err == nil {
			list = append(list, netip.AddrPortFrom(address, 53))
		}
	}
	return list
}

// resolvConf is the text of the container's /etc/resolv.conf: the host's, with what
// was asked for in its place, and before that the name servers of networks. See
// resolv.conf(5).
func resolvConf(c *container.Container, networks ...string) []byte {
	servers, search, options := hostResolvConf()
	if c.HostConfig.NetworkMode != container.ModeHost {
		// There the host's own loopback is out of reach.
		servers = slices.DeleteFunc(servers, isLoopback)
	}
	replace := func(value *[]string, asked []string) {
		if len(asked) > 0 {
			*value = asked
		}
	}
	replace(&servers, c.HostConfig.DNS)
	replace(&search, c.HostConfig.DNSSearch)
	replace(&options, c.HostConfig.DNSOptions)
	if slices.Equal(search, []string{"."}) {
		search = nil // Docker's word for none
	}
	var text strings.Builder
	for _, each := range append(networks, servers...) {
		text.WriteString("nameserver " + each + "\n")
	}
	if len(search) > 0 {
		text.WriteString("search " + strings.Join(search, " ") + "\n")
	}
	if len(options) > 0 {
		text.WriteString("options " + strings.Join(options, " ") + "\n")
	}
	return []byte(text.String())
}

// hostResolvConf reads what the host asks. Where that is systemd-resolved, which
// answers on the host's loopback, it is what systemd-resolved asks. A machine
// without name servers is none of our business.
func hostResolvConf() (servers, search, options []string) {
	for _, path := range []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"} {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		servers, search, options = nil, nil, nil
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 2 {
				continue
			}
			switch fields[0] {
			case "nameserver":
				servers = append(servers, fields[1])
			case "search", "domain":
				search = fields[1:]
			case "options":
				options = append(options, fields[1:]...)
			}
		}
		if !slices.Equal(servers, []string{"127.0.0.53"}) {
			break
		}
	}
	return servers, search, options
}

func isLoopback(server string) bool {
	address, err := netip.ParseAddr(server)
	return err == nil && address.IsLoopback()
}
