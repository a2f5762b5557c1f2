package plan

import (
	"context"
	"os"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/refusal"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// planNamespaces checks the modes that are asked for, and decides the host name,
// which depends on them.
func (w World) planNamespaces(ctx context.Context, c *container.Container, o Options) error {
	if err := checkConflicts(o); err != nil {
		return err
	}
	wanted := map[specs.LinuxNamespaceType]string{
		specs.NetworkNamespace: o.Network.Mode, specs.PIDNamespace: o.PID,
		specs.IPCNamespace: o.IPC, specs.UTSNamespace: o.UTS,
	}
	for _, each := range c.Modes() {
		value, err := w.checkMode(ctx, each, wanted[each.Kind])
		if err == nil && each.Kind == specs.NetworkNamespace {
			value, err = w.Endpoints.Plan(c, o.Network, value)
		}
		if err != nil {
			return err
		}
		*each.Value = value
	}
	return w.planHostname(ctx, c)
}

// maxHostname is HOST_NAME_MAX, in bytes. See sethostname(2).
const maxHostname = 64

// checkConflicts refuses what contradicts itself, in Docker's words, and what
// the kernel would refuse in fewer.
func checkConflicts(o Options) error {
	switch {
	case o.Hostname != "" && o.UTS == container.ModeHost:
		return refusal.Invalidf("conflicting options: hostname and the UTS mode")
	case o.Hostname != "" && strings.HasPrefix(o.Network.Mode, container.ModeContainer):
		return refusal.Invalidf("conflicting options: hostname and the network mode")
	case len(o.Hostname) > maxHostname:
		return refusal.Invalidf("invalid hostname: it has %d bytes, and the kernel takes %d at most", len(o.Hostname), maxHostname)
	}
	return nil
}

// checkMode returns the mode to record: another container by its id.
func (w World) checkMode(ctx context.Context, m container.Mode, value string) (string, error) {
	isNetwork := m.Kind == specs.NetworkNamespace
	ref, isContainer := strings.CutPrefix(value, container.ModeContainer)
	switch {
	case isContainer && ref != "":
		other, err := w.Find(ctx, ref)
		if err != nil {
			return "", err
		}
		return container.ModeContainer + other.ID, nil
	case value == container.ModeHost:
		return value, nil
	case isNetwork:
		return value, nil // see endpoint
	case value == "" && m.Kind == specs.IPCNamespace:
		return container.ModePrivate, nil
	case value == "" || value == container.ModePrivate:
		return value, nil
	}
	return "", refusal.Invalidf("--%s: invalid %s mode", strings.ToLower(m.Name), m.Name)
}

// planHostname decides the host name, and shares the files that belong to a
// network with whoever the network is shared with.
func (w World) planHostname(ctx context.Context, c *container.Container) error {
	if id, ok := strings.CutPrefix(c.HostConfig.NetworkMode, container.ModeContainer); ok {
		other, err := w.Inspect(ctx, id)
		if err != nil {
			return err
		}
		c.Config.Hostname = other.Config.Hostname
		c.HostnamePath, c.HostsPath, c.ResolvConfPath = other.HostnamePath, other.HostsPath, other.ResolvConfPath
	}
	if id, ok := strings.CutPrefix(c.HostConfig.UTSMode, container.ModeContainer); ok && c.Config.Hostname == "" {
		other, err := w.Inspect(ctx, id)
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
