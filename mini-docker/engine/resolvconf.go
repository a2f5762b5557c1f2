package engine

import (
	"net/netip"
	"os"
	"slices"
	"strings"
)

// resolvConf is the text of the container's /etc/resolv.conf: the host's, with what
// was asked for in its place. Other containers are not found there, but in
// /etc/hosts: see writeNames. See resolv.conf(5).
func (c *Container) resolvConf() []byte {
	servers, search, options := hostResolvConf()
	if c.HostConfig.NetworkMode != modeHost {
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
	var text strings.Builder
	for _, each := range servers {
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
