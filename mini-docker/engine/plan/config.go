package plan

import (
	"maps"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/image"
)

// mergeConfig puts the image's settings and the caller's together. A new
// entrypoint comes without the image's arguments: they were meant for the old.
func mergeConfig(o Options, from *image.Image) container.Config {
	own := from.Config.Config
	c := container.Config{
		Hostname: o.Hostname, User: own.User, Tty: o.TTY, OpenStdin: o.OpenStdin, StdinOnce: o.OpenStdin && !o.Detached,
		AttachStdin: o.OpenStdin && !o.Detached, AttachStdout: !o.Detached, AttachStderr: !o.Detached,
		Env: bundle.MergeEnv(own.Env, o.Env), Cmd: own.Cmd, Entrypoint: own.Entrypoint,
		Image: o.Image, WorkingDir: own.WorkingDir, Labels: map[string]string{}, StopSignal: own.StopSignal,
	}
	if o.User != "" {
		c.User = o.User
	}
	if o.WorkingDir != "" {
		c.WorkingDir = o.WorkingDir
	}
	if o.Entrypoint != nil {
		c.Entrypoint, c.Cmd = *o.Entrypoint, nil
	}
	if len(o.Args) > 0 {
		c.Cmd = o.Args
	}
	c.ExposedPorts = maps.Clone(own.ExposedPorts)
	c.Volumes = maps.Clone(own.Volumes)
	maps.Copy(c.Labels, own.Labels)
	maps.Copy(c.Labels, o.Labels)
	return c
}
