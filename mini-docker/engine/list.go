package engine

import (
	"context"
	"errors"
	"slices"

	"drydock/mini-docker/engine/container"
)

// List returns all containers, the youngest first. What crashes have left is
// tidied up on the way: half-made and half-removed folders, names of containers
// that are gone, and containers that were to be removed when they ended.
func (e *Engine) List(ctx context.Context) ([]*container.Container, error) {
	if err := e.sweep(ctx); err != nil {
		return nil, err
	}
	ids, err := e.ids(ctx)
	if err != nil {
		return nil, err
	}
	if err := e.containers.TidyNames(ctx); err != nil {
		return nil, err
	}
	var list []*container.Container
	for _, id := range ids {
		c, err := e.Inspect(ctx, id)
		if errors.Is(err, container.ErrNotExist) {
			continue // removed just now
		}
		if err != nil {
			return nil, err
		}
		if e.isLeftOver(c) {
			if err := e.Remove(ctx, c, false); err != nil && !errors.Is(err, container.ErrNotExist) {
				return nil, err
			}
			continue
		}
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *container.Container) int { return b.Created.Compare(a.Created) })
	return list, nil
}
