package filter

import (
	"strings"

	"drydock/mini-docker/engine/networks"
)

// Networks reads what `network ls --filter` takes, and returns what says whether a
// network is meant.
func Networks(texts []string) (takes func(*networks.Network) bool, err error) {
	all, err := read(texts, "name", "id", "driver", label)
	return func(n *networks.Network) bool {
		return all.met(func(key, value string) bool {
			switch key {
			case "name":
				return matchesName(value, n.Name)
			case "id":
				return strings.HasPrefix(n.ID, value)
			case "driver":
				return n.Driver == value
			}
			return hasLabel(n.Labels, value)
		})
	}, err
}
