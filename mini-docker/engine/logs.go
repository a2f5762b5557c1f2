package engine

import (
	"context"
	"path/filepath"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/logs"
	"drydock/mini-docker/flock"
)

// Logs calls emit for each line that a container has written, and, if it is to be
// followed, for those it writes.
func (e *Engine) Logs(ctx context.Context, c *container.Container, o logs.Options, emit func(logs.Line) error) error {
	return logs.Read(ctx, logs.Log{
		Folder: e.containers.Dir(c.ID), Name: filepath.Base(e.containers.Log(c.ID)),
		Ended: func() bool { return !flock.IsHeld(e.containers.Dir(c.ID)) },
	}, o, emit)
}
