package filter

import (
	"fmt"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
)

// OfContainers are conditions that containers meet or not.
type OfContainers struct{ all conditions }

// Containers reads what `ps --filter` takes.
func Containers(texts []string) (OfContainers, error) {
	all, err := read(texts, "id", label, "name", "status")
	if err != nil {
		return OfContainers{}, err
	}
	for _, value := range all["status"] {
		if !slices.Contains(states, value) {
			return OfContainers{}, fmt.Errorf("invalid filter 'status=%s': there are %s", value, strings.Join(states, ", "))
		}
	}
	return OfContainers{all}, nil
}

// states are those that a container can have in Docker.
var states = []string{"created", "restarting", "running", "removing", "paused", "exited", "dead"}

// ByStatus says that a status is asked for, so that containers that do not run count
// too.
func (f OfContainers) ByStatus() bool { return len(f.all["status"]) > 0 }

// Takes says whether a container is meant.
func (f OfContainers) Takes(c *container.Container) bool {
	return f.all.met(func(key, value string) bool {
		switch key {
		case "id":
			return strings.HasPrefix(c.ID, value)
		case "name":
			return matchesName(value, c.Name) || matchesName(value, c.PlainName())
		case "status":
			return string(c.State.Status) == value
		}
		return hasLabel(c.Config.Labels, value)
	})
}
