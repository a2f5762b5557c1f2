package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// modes lists the container's modes.
func modes(c *container.Container) []mode {
	h := &c.HostConfig
	return []mode{
		{"network", specs.NetworkNamespace, "net", &h.NetworkMode},
		{"PID", specs.PIDNamespace, "pid", &h.PidMode},
		{"IPC", specs.IPCNamespace, "ipc", &h.IpcMode},
		{"UTS", specs.UTSNamespace, "uts", &h.UTSMode},
	}
}

type mode struct {
	name  string // as messages have it
	kind  specs.LinuxNamespaceType
	link  string // in /proc/PID/ns
	value *string
}

// planNamespaces checks the modes that are asked for, and decides the host name,
// which depends on them.
func (e *Engine) planNamespaces(ctx context.Context, c *container.Container, o CreateOptions) error {
	if err := checkConflicts(o); err != nil {
		return err
	}
	wanted := map[specs.LinuxNamespaceType]string{
		specs.NetworkNamespace: o.Network.Mode, specs.PIDNamespace: o.PID,
		specs.IPCNamespace: o.IPC, specs.UTSNamespace: o.UTS,
	}
	for _, each := range modes(c) {
		value, err := e.checkMode(ctx, each, wanted[each.kind])
		if err == nil && each.kind == specs.NetworkNamespace {
			value, err = e.endpoints().Plan(c, o.Network, value)
		}
		if err != nil {
			return err
		}
		*each.value = value
	}
	return e.planHostname(ctx, c)
}

// maxHostname is HOST_NAME_MAX, in bytes. See sethostname(2).
const maxHostname = 64

// checkConflicts refuses what contradicts itself, in Docker's words, and what
// the kernel would refuse in fewer.
func checkConflicts(o CreateOptions) error {
	switch {
	case o.Hostname != "" && o.UTS == container.ModeHost:
		return invalidf("conflicting options: hostname and the UTS mode")
	case o.Hostname != "" && strings.HasPrefix(o.Network.Mode, container.ModeContainer):
		return invalidf("conflicting options: hostname and the network mode")
	case len(o.Hostname) > maxHostname:
		return invalidf("invalid hostname: it has %d bytes, and the kernel takes %d at most", len(o.Hostname), maxHostname)
	}
	return nil
}

// checkMode returns the mode to record: another container by its id.
func (e *Engine) checkMode(ctx context.Context, m mode, value string) (string, error) {
	isNetwork := m.kind == specs.NetworkNamespace
	ref, isContainer := strings.CutPrefix(value, container.ModeContainer)
	switch {
	case isContainer && ref != "":
		other, err := e.Find(ctx, ref)
		if err != nil {
			return "", err
		}
		return container.ModeContainer + other.ID, nil
	case value == container.ModeHost:
		return value, nil
	case isNetwork:
		return value, nil // see endpoint
	case value == "" && m.kind == specs.IPCNamespace:
		return container.ModePrivate, nil
	case value == "" || value == container.ModePrivate:
		return value, nil
	}
	return "", invalidf("--%s: invalid %s mode", strings.ToLower(m.name), m.name)
}

// planHostname decides the host name, and shares the files that belong to a
// network with whoever the network is shared with.
func (e *Engine) planHostname(ctx context.Context, c *container.Container) error {
	if id, ok := strings.CutPrefix(c.HostConfig.NetworkMode, container.ModeContainer); ok {
		other, err := e.Inspect(ctx, id)
		if err != nil {
			return err
		}
		c.Config.Hostname = other.Config.Hostname
		c.HostnamePath, c.HostsPath, c.ResolvConfPath = other.HostnamePath, other.HostsPath, other.ResolvConfPath
	}
	if id, ok := strings.CutPrefix(c.HostConfig.UTSMode, container.ModeContainer); ok && c.Config.Hostname == "" {
		other, err := e.Inspect(ctx, id)
		if err != nil {
			return err
		}
		c.Config.Hostname = other.Config.Hostname
	}
	if c.Config.Hostname == "" && (c.HostConfig.NetworkMode == container.ModeHost || c.HostConfig.UTSMode == container.ModeHost) {
		name, err := os.Hostname()
		if err != nil {
			return err
		}
		c.Config.Hostname = name
	}
	if c.Config.Hostname == "" {
		c.Config.Hostname = container.ShortID(c.ID)
	}
	return nil
}

// namespaces translates the modes for the bundle. A container that is to be
// joined must run now.
func (e *Engine) namespaces(ctx context.Context, c *container.Container, host bundle.Host) (map[specs.LinuxNamespaceType]bundle.Namespace, error) {
	list := map[specs.LinuxNamespaceType]bundle.Namespace{}
	for _, each := range modes(c) {
		id, isContainer := strings.CutPrefix(*each.value, container.ModeContainer)
		if *each.value == container.ModeHost {
			list[each.kind] = bundle.Namespace{Host: true}
		}
		if !isContainer {
			continue
		}
		other, err := e.Inspect(ctx, id)
		if errors.Is(err, container.ErrNotExist) || err == nil && !other.State.Running {
			return nil, invalidf("cannot join %s of a non running container: %s", each.name, id)
		}
		if err != nil {
			return nil, err
		}
		if host.NewUser {
			return nil, invalidf("joining the %s of another container needs root, or `drydock shell`, where you are root: "+
				"the kernel lets nobody out of the container's user namespace into its others", each.name)
		}
		list[each.kind] = bundle.Namespace{Path: fmt.Sprintf("/proc/%d/ns/%s", other.State.Pid, each.link)}
	}
	return list, nil
}
