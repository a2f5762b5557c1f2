package see

import (
	"fmt"
	"slices"
	"strings"

	"drydock/mini-docker/network/nat"
)

// publish fills in which ports of our own network namespace lead to somebody
// behind a bridge: the rules are the kernel's, and read from it. Where they may
// not be read there are none to be seen.
func (s *Scene) publish() {
	for i := range s.Networks {
		if n := &s.Networks[i]; n.Namespace == s.Here["net"] {
			n.Ports = publishedOn(n.Links)
		}
	}
}

// publishedOn reads the table of each bridge among the links.
func publishedOn(links []Link) []Port {
	var all []Port
	for _, l := range links {
		if l.Kind != "bridge" {
			continue
		}
		ports, err := nat.Published(l.Name)
		if err != nil {
			continue // somebody else's bridge, which has no table of ours
		}
		for _, each := range ports {
			all = append(all, Port{Listens: listens(each), To: each.To.String(), Bridge: l.Name})
		}
	}
	slices.SortFunc(all, func(a, b Port) int { return strings.Compare(a.String(), b.String()) })
	return all
}

// listens tells what of this machine a port is: an address only where it is not
// every one.
func listens(p nat.Port) string {
	text := fmt.Sprintf("%d/%s", p.Port, p.Protocol)
	if p.Address.IsValid() && !p.Address.IsUnspecified() {
		text = p.Address.String() + ":" + text
	}
	return text
}
