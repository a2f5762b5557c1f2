package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// namespaces translates the modes for the bundle. A container that is to be
// joined must run now.
func (e *Engine) namespaces(ctx context.Context, c *container.Container, host bundle.Host) (map[specs.LinuxNamespaceType]bundle.Namespace, error) {
	list := map[specs.LinuxNamespaceType]bundle.Namespace{}
	for _, each := range c.Modes() {
		id, isContainer := strings.CutPrefix(*each.Value, container.ModeContainer)
		if *each.Value == container.ModeHost {
			list[each.Kind] = bundle.Namespace{Host: true}
		}
		if !isContainer {
			continue
		}
		other, err := e.Inspect(ctx, id)
		if errors.Is(err, container.ErrNotExist) || err == nil && !other.State.Running {
			return nil, invalidf("cannot join %s of a non running container: %s", each.Name, id)
		}
		if err != nil {
			return nil, err
		}
		if host.NewUser {
			return nil, invalidf("joining the %s of another container needs root, or `drydock shell`, where you are root: "+
				"the kernel lets nobody out of the container's user namespace into its others", each.Name)
		}
		list[each.Kind] = bundle.Namespace{Path: fmt.Sprintf("/proc/%d/ns/%s", other.State.Pid, each.Link)}
	}
	return list, nil
}
