package runtime

import (
	"fmt"
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

// describeLayers counts the read-only layers of an overlay.
func describeLayers(options []string) string {
	count := 0
	for _, option := range options {
		if lower, ok := strings.CutPrefix(option, "lowerdir="); ok {
			count = strings.Count(lower, ":") + 1
		}
	}
	if count == 1 {
		return "1 layer below"
	}
	return fmt.Sprintf("%d layers below", count)
}
