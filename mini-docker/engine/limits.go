package engine

import (
	"errors"
	"path"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/refusal"
)

// groupParent is the cgroup above those of all containers.
const groupParent = "/mini-docker"

// fewestPids is the least --pids-limit that a container can start with: what
// builds it, inside, is a Go program, whose runtime has some threads of its own.
const fewestPids = 8

// planLimits checks the limits that are asked for and completes them.
func (e *Engine) planLimits(c *container.Container, wanted limits.Limits) error {
	trees, err := e.runtime.Cgroups()
	if err != nil {
		return err
	}
	if c.Warnings, err = wanted.Complete(limits.ThisMachine(trees)); err != nil {
		return invalidf("%v", err)
	}
	if most := wanted.PidsLimit; most != nil && *most > 0 && *most < fewestPids {
		return invalidf("Minimum pids limit allowed is %d: threads count too, and what starts the container has several", fewestPids)
	}
	if wanted.Any() {
		if _, err := trees.Place(groupParent); err != nil {
			return refusal.As(errors.Join(ErrInvalid, ErrNoLimits), "the limits cannot be set: %v", err)
		}
		c.HostConfig.CgroupParent = groupParent
	}
	c.HostConfig.Limits = wanted
	return nil
}

// planCgroupParent checks which cgroup the container's own is to be below.
func planCgroupParent(c *container.Container, parent string) error {
	if parent == "" {
		return nil
	}
	if !path.IsAbs(parent) || path.Clean(parent) != parent || !strings.HasPrefix(parent, groupParent+"/") {
		return invalidf("invalid cgroup parent %s: it must be a path below %s", parent, groupParent)
	}
	c.HostConfig.CgroupParent = parent
	return nil
}
