package filesystem

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/engine/refusal"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Bind adds the container's mounts to its bundle. One takes the place of what
// would stand there otherwise, such as /etc/hosts; what lies in a folder is mounted
// after what is mounted on it.
func Bind(c *container.Container, spec *specs.Spec) error {
	ordered := slices.Clone(c.Mounts)
	slices.SortStableFunc(ordered, func(a, b container.Mount) int { return len(a.Destination) - len(b.Destination) })
	for _, each := range ordered {
		if each.Type == mounts.Tmpfs {
			continue // see HostConfig.Tmpfs
		}
		if err := checkSource(c, each); err != nil {
			return err
		}
		spec.Mounts = slices.DeleteFunc(spec.Mounts, func(m specs.Mount) bool { return m.Destination == each.Destination })
		spec.Mounts = append(spec.Mounts, each.Spec())
	}
	return nil
}

// checkSource sees to it that what is to be mounted is there. A folder of the host
// that was asked for with -v is made where it is missing, as Docker does.
func checkSource(c *container.Container, m container.Mount) error {
	_, err := os.Stat(m.Source)
	switch {
	case !errors.Is(err, fs.ErrNotExist):
		return nil // what else is wrong, the mount says
	case m.Type == mounts.Volume:
		return refusal.Invalidf("the volume %s of the container is gone: make it again with `mini-docker volume create %[1]s`", m.Name)
	case !slices.ContainsFunc(c.HostConfig.Binds, func(text string) bool { return strings.HasPrefix(text, m.Source+":"+m.Destination) }):
		return refusal.Invalidf("invalid mount config for type \"bind\": bind source path does not exist: %s", m.Source)
	}
	if err := os.MkdirAll(m.Source, 0o755); err != nil {
		return fmt.Errorf("error while creating mount source path '%s': %w", m.Source, err)
	}
	return nil
}
