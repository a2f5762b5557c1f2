package engine

import (
	"context"
	"errors"
	"strings"

	"drydock/mini-docker/engine/container"
)

// Rename gives a container another name.
func (e *Engine) Rename(ctx context.Context, c *container.Container, name string) error {
	name = strings.TrimPrefix(name, "/")
	switch name {
	case "":
		return invalidf("Neither old nor new names may be empty")
	case c.PlainName():
		return invalidf("Renaming a container with the same name as its current name")
	}
	if _, err := e.takeName(ctx, name, c.ID); err != nil {
		return err
	}
	if err := e.containers.Rename(ctx, c, name); err != nil {
		return err
	}
	renamed, err := e.Inspect(ctx, c.ID)
	if err != nil {
		return err
	}
	return e.endpoints().Rename(renamed)
}

// takeName gives the container a name, and takes it from one that should have been
// removed by a process that was killed before it could.
func (e *Engine) takeName(ctx context.Context, name, id string) (string, error) {
	for {
		taken, err := e.containers.TakeName(ctx, name, id)
		var inUse *container.NameInUseError
		if !errors.As(err, &inUse) {
			return taken, err
		}
		holder, failed := e.Inspect(ctx, inUse.Holder)
		if failed != nil || !e.isLeftOver(holder) || e.Remove(ctx, holder, false) != nil {
			return "", err
		}
	}
}
