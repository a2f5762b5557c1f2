package engine

import (
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Mount is a folder or file of the host that a container sees, by the names that
// `inspect` has for it.
type Mount struct {
	Type        string // bind
	Source      string // on the host
	Destination string // in the container
	Mode        string
	RW          bool
	Propagation string
}

// Bind returns the mount of a folder or file of the host at a path of the
// container.
func Bind(source, destination string, readOnly bool) Mount {
	return Mount{Type: "bind", Source: source, Destination: destination, RW: !readOnly, Propagation: "rprivate"}
}

// planMounts checks the mounts that are asked for.
func (c *Container) planMounts(wanted []Mount) error {
	for _, each := range wanted {
		switch {
		case !path.IsAbs(each.Destination) || path.Clean(each.Destination) == "/":
			return invalidf("invalid mount path: '%s' mount path must be absolute, and not the root", each.Destination)
		case !filepath.IsAbs(each.Source):
			return invalidf("invalid mount config for type \"bind\": invalid mount path: '%s' mount path must be absolute", each.Source)
		}
		if _, err := os.Stat(each.Source); err != nil {
			return invalidf("invalid mount config for type \"bind\": bind source path does not exist: %s", each.Source)
		}
		each.Destination = path.Clean(each.Destination)
		c.Mounts = append(c.Mounts, each)
	}
	return nil
}

// bind adds the container's mounts to its bundle. One takes the place of what
// would stand there otherwise, such as /etc/hosts; what lies in a folder is mounted
// after what is mounted on it.
func (c *Container) bind(spec *specs.Spec) {
	mounts := slices.Clone(c.Mounts)
	slices.SortStableFunc(mounts, func(a, b Mount) int { return len(a.Destination) - len(b.Destination) })
	for _, each := range mounts {
		spec.Mounts = slices.DeleteFunc(spec.Mounts, func(m specs.Mount) bool { return m.Destination == each.Destination })
		options := []string{"rbind", each.Propagation}
		if !each.RW {
			options = append(options, "ro")
		}
		spec.Mounts = append(spec.Mounts, specs.Mount{Destination: each.Destination, Type: each.Type, Source: each.Source, Options: options})
	}
}
