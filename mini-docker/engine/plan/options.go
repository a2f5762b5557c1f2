package plan

import (
	"drydock/mini-docker/engine/endpoint"
	"drydock/mini-docker/engine/hardening"
	"drydock/mini-docker/engine/limits"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/explain"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Options say what container is wanted. What is left out comes from the
// image, or is Docker's default.
type Options struct {
	Image      string
	Base       *Base     // what the container stands on, instead of an image, or nil
	Args       []string  // the image's own arguments when empty
	Entrypoint *[]string // the image's own when nil
	Name       string    // one by chance when empty

	Hostname   string
	Env        []string // a name without "=" takes the image's variable away
	User       string
	WorkingDir string
	Labels     map[string]string

	TTY, OpenStdin, AutoRemove, Init, ReadOnly bool
	IDFile                                     string // recorded only

	// Detached says that nobody will be attached to it from the start.
	Detached bool

	// Waits says that it is not started at once. Without it, one that is to be
	// removed at its end is removed too if its creator dies before it starts it.
	Waits bool

	Network endpoint.Options

	// host, container:NAME or private.
	PID, IPC, UTS string

	Mounts      []mounts.Request
	VolumesFrom []mounts.From
	Limits      limits.Limits
	Hardening   hardening.Settings

	// CgroupParent is a path below /mini-docker: where the container's cgroup lies,
	// which it gets if it is given limits. See JoinPod.
	CgroupParent string

	Narrate explain.Narrator // is told of the steps, or nil
}

// Base is what a container stands on that is no image yet: a step of a build.
type Base struct {
	Layers []string // directories, the top one first
	Config *v1.ConfigFile
}
