package runtime

import (
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// What follows says in a few words what is particular about a container, for
// the narration of its start.

// describeNamespaces lists the container's namespaces.
func describeNamespaces(spec *specs.Spec) string {
	var made, joined []string
	for _, each := range spec.Linux.Namespaces {
		if each.Path == "" {
			made = append(made, string(each.Type))
		} else {
			joined = append(joined, string(each.Type))
		}
	}
	text := "new: " + strings.Join(made, ", ")
	if len(joined) > 0 {
		text += "; joined: " + strings.Join(joined, ", ")
	}
	return text
}

// describeMounts lists where something is mounted.
func describeMounts(mounts []specs.Mount) string {
	var destinations []string
	for _, each := range mounts {
		destinations = append(destinations, each.Destination)
	}
	return strings.Join(destinations, " ")
}

// countLayers counts the read-only layers of an overlay.
func countLayers(options []string) int {
	index := slices.IndexFunc(options, func(o string) bool { return strings.HasPrefix(o, "lowerdir=") })
	if index < 0 {
		return 0
	}
	return strings.Count(options[index], ":") + 1
}
