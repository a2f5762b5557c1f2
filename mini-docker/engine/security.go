package engine

import (
	"cmp"
	"os"
	"path"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/hardening"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// planHardening checks which privileges are asked for.
func planHardening(c *container.Container) error {
	isRoot := os.Geteuid() == 0
	switch c.HostConfig.UsernsMode {
	case "":
	case hardening.UsernsHost:
		if !isRoot {
			return invalidf("--userns=host needs root: an ordinary user is root only in a user namespace of their own")
		}
	case hardening.UsernsPrivate:
		if isRoot {
			return invalidf("--userns=private is not supported for root: the image's layers on the disk belong to root, " +
				"and would belong to nobody in the container. An ordinary user's containers all have one")
		}
	default:
		return invalidf("--userns: invalid USER mode")
	}
	if err := c.HostConfig.Settings.Complete(); err != nil {
		return invalidf("%v", err)
	}
	return nil
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
		spec.Linux.CgroupsPath = path.Join(cmp.Or(c.HostConfig.CgroupParent, groupParent), c.ID)
	}
	place := hardening.Host{Guarded: guarded, OwnsDevices: host.OwnsDevices()}
	if c.HostConfig.Privileged {
		if place.ReadOnly, err = hardening.ReadOnlyHere(); err != nil {
			return err
		}
	}
	return c.HostConfig.Apply(spec, place)
}
