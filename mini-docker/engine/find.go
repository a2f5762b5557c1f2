package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/flock"
)

// Find returns the container that is meant: by its id, its name or the beginning
// of its id, in this order. The error is ErrNotExist or ErrAmbiguous.
func (e *Engine) Find(ctx context.Context, ref string) (*container.Container, error) {
	if err := e.containers.CheckFormat(); err != nil {
		return nil, err
	}
	if ref == "" || strings.ContainsAny(strings.TrimPrefix(ref, "/"), "/") || strings.HasPrefix(ref, ".") {
		return nil, fmt.Errorf("%w: %s", container.ErrNotExist, ref)
	}
	if len(ref) == 64 {
		if c, err := e.Inspect(ctx, ref); !errors.Is(err, container.ErrNotExist) {
			return c, err
		}
	}
	if id, err := e.containers.Holder(strings.TrimPrefix(ref, "/")); err == nil {
		if c, err := e.Inspect(ctx, id); !errors.Is(err, container.ErrNotExist) {
			return c, err
		}
	}
	ids, err := e.ids(ctx)
	if err != nil {
		return nil, err
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return !strings.HasPrefix(id, ref) })
	switch len(ids) {
	case 0:
		return nil, fmt.Errorf("%w: %s", container.ErrNotExist, ref)
	case 1:
		return e.Inspect(ctx, ids[0])
	}
	return nil, fmt.Errorf("%w: %s", container.ErrAmbiguous, ref)
}

// ids reads which containers there are. A hidden folder that nobody has locked
// is rubbish.
func (e *Engine) ids(ctx context.Context) ([]string, error) {
	ids, hidden, err := e.containers.IDs()
	if err != nil {
		return nil, err
	}
	for _, id := range hidden {
		if lock, err := flock.Take(e.containers.Hidden(id)); err == nil {
			err = e.removeHidden(ctx, id)
			lock.Release()
			if err != nil {
				return nil, err
			}
		}
	}
	return ids, nil
}
