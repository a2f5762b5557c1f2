package plan

import (
	"os"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/refusal"
)

// planHardening checks which privileges are asked for.
func planHardening(c *container.Container) error {
	isRoot := os.Geteuid() == 0
	switch c.HostConfig.UsernsMode {
	case "":
	case hardening.UsernsHost:
		if !isRoot {
			return refusal.Invalidf("--userns=host needs root: an ordinary user is root only in a user namespace of their own")
		}
	case hardening.UsernsPrivate:
		if isRoot {
			return refusal.Invalidf("--userns=private is not supported for root: the image's layers on the disk belong to root, " +
				"and would belong to nobody in the container. An ordinary user's containers all have one")
		}
	default:
		return refusal.Invalidf("--userns: invalid USER mode")
	}
	if err := c.HostConfig.Settings.Complete(); err != nil {
		return refusal.Invalidf("%v", err)
	}
	return nil
}
