package engine

import (
	"cmp"
	"context"
	"path"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/layer"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// spec says what config.json is to say. It is made at the start and not before,
// since it holds the process numbers of containers that are joined.
func (e *Engine) spec(ctx context.Context, c *container.Container, a Attachment) (*specs.Spec, error) {
	host := bundle.ThisHost()
	namespaces, err := e.namespaces(ctx, c, host)
	if err != nil {
		return nil, err
	}
	spec, err := bundle.Spec(e.request(c, host, namespaces))
	if err != nil {
		return nil, err
	}
	if !namespaces[specs.UTSNamespace].Host && namespaces[specs.UTSNamespace].Path == "" {
		spec.Hostname = c.Config.Hostname
	} else {
		spec.Hostname = "" // the name belongs to the namespace's owner
	}
	spec.Process.ConsoleSize = a.ConsoleSize
	if err := filesystem.Bind(c, spec); err != nil {
		return nil, err
	}
	return spec, e.confine(c, spec, host)
}

// request says what the container is to be like.
func (e *Engine) request(c *container.Container, host bundle.Host, namespaces map[specs.LinuxNamespaceType]bundle.Namespace) bundle.Request {
	return bundle.Request{
		Args: append([]string{c.Path}, c.Args...),
		Env:  c.Config.Env, User: c.Config.User, Groups: c.HostConfig.GroupAdd, WorkingDir: c.Config.WorkingDir,
		Hostname: c.Config.Hostname, Domainname: c.Config.Domainname,
		Terminal: c.Config.Tty, ReadOnly: c.HostConfig.ReadonlyRootfs,
		Namespaces: namespaces,
		Layers:     filesystem.Layers(c),
		Upper:      filesystem.Upper(c), Work: filesystem.Work(c),
		UserXattr: layer.UserXattr(), Volatile: c.HostConfig.AutoRemove,
		Root:         e.rootfs(),
		HostnameFile: c.HostnamePath, HostsFile: c.HostsPath, ResolvConfFile: c.ResolvConfPath,
		ShmBytes: c.HostConfig.ShmSize, Host: host,
		MaskedPaths: c.HostConfig.MaskedPaths, ReadonlyPaths: c.HostConfig.ReadonlyPaths,
	}
}

// confine writes down what the container may use and do. It gets a cgroup of its
// own if it has limits or if there are devices to be guarded from it. Nobody
// makes devices in a user namespace, and what is there belongs to others.
func (e *Engine) confine(c *container.Container, spec *specs.Spec, host bundle.Host) error {
	trees, err := e.runtime.Cgroups()
	if err != nil {
		return err
	}
	guarded := host.OwnsDevices() && trees.Version() != 0
	var resources *specs.LinuxResources
	if c.HostConfig.Any() { // -1, for no limit, needs no cgroup
		resources = c.HostConfig.Resources()
	}
	if guarded {
		if resources == nil {
			resources = new(specs.LinuxResources)
		}
		// The devices every container has, the runtime allows all the same.
		resources.Devices = []specs.LinuxDeviceCgroup{{Allow: false, Access: "rwm"}}
	}
	if resources != nil {
		spec.Linux.Resources = resources
		spec.Linux.CgroupsPath = path.Join(cmp.Or(c.HostConfig.CgroupParent, limits.CgroupParent), c.ID)
	}
	place := hardening.Host{Guarded: guarded, OwnsDevices: host.OwnsDevices()}
	if c.HostConfig.Privileged {
		if place.ReadOnly, err = hardening.ReadOnlyHere(); err != nil {
			return err
		}
	}
	return c.HostConfig.Apply(spec, place)
}
