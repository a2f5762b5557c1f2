package container

import (
	"drydock/mini-docker/engine/mounts"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Mount is what a container sees besides its own file system, by the names that
// `inspect` has for it.
type Mount struct {
	Type        mounts.Type
	Name        string `json:",omitempty"` // of a volume
	Source      string // on the host
	Destination string // in the container
	Driver      string `json:",omitempty"` // of a volume
	Mode        string
	RW          bool
	Propagation string

	NonRecursive bool `json:",omitempty"` // without what is mounted below the source
}

// Spec says the same to an OCI runtime.
func (m Mount) Spec() specs.Mount {
	kind, propagation := "rbind", m.Propagation
	if m.NonRecursive {
		kind = "bind"
	}
	if propagation == "" {
		propagation = mounts.DefaultPropagation
	}
	options := []string{kind, propagation}
	if !m.RW {
		options = append(options, "rro") // what is mounted below it as well
	}
	return specs.Mount{Destination: m.Destination, Type: "bind", Source: m.Source, Options: options}
}
