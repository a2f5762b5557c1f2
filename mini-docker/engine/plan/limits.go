package plan

import (
	"errors"
	"path"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/refusal"
)

// ErrNoLimits says that the machine gives us no cgroup in which a container could be
// limited. It is a refusal.ErrInvalid as well.
var ErrNoLimits = errors.New("no cgroups")

// fewestPids is the least --pids-limit that a container can start with: what
// builds it, inside, is a Go program, whose runtime has some threads of its own.
const fewestPids = 8

// planLimits checks the limits that are asked for and completes them.
func (w World) planLimits(c *container.Container, wanted limits.Limits) error {
	trees, err := w.Cgroups()
	if err != nil {
		return err
	}
	if c.Warnings, err = wanted.Complete(limits.ThisMachine(trees)); err != nil {
		return refusal.Invalidf("%v", err)
	}
	if most := wanted.PidsLimit; most != nil && *most > 0 && *most < fewestPids {
		return refusal.Invalidf("Minimum pids limit allowed is %d: threads count too, and what starts the container has several", fewestPids)
	}
	if wanted.Any() {
		if _, err := trees.Place(limits.CgroupParent); err != nil {
			return refusal.As(errors.Join(refusal.ErrInvalid, ErrNoLimits), "the limits cannot be set: %v", err)
		}
		c.HostConfig.CgroupParent = limits.CgroupParent
	}
	c.HostConfig.Limits = wanted
	return nil
}

// planCgroupParent checks which cgroup the container's own is to be below.
func planCgroupParent(c *container.Container, parent string) error {
	if parent == "" {
		return nil
	}
	if !path.IsAbs(parent) || path.Clean(parent) != parent || !strings.HasPrefix(parent, limits.CgroupParent+"/") {
		return refusal.Invalidf("invalid cgroup parent %s: it must be a path below %s", parent, limits.CgroupParent)
	}
	c.HostConfig.CgroupParent = parent
	return nil
}
