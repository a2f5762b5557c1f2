package engine

import (
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/engine/plan"
)

// CreateOptions say what container is wanted.
type CreateOptions = plan.Options

// Base is what a container stands on that is no image yet: a step of a build.
type Base = plan.Base

// Bind asks for the mount of a folder or file of the host at a path of the
// container.
func Bind(source, destination string, readOnly bool) mounts.Request {
	return mounts.Request{Type: mounts.Bind, Source: source, Target: destination, ReadOnly: readOnly}
}
