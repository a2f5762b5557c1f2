package engine

import (
	"context"
	"fmt"
	"slices"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/engine/fill"
	"drydock/mini-docker/engine/plan"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/volume"
)

// Volumes are the volumes of this engine.
func (e *Engine) Volumes() *volume.Store {
	return volume.New(volume.Options{Root: e.root, Merge: fill.Merge, RemoveAll: func(dir string) error {
		return runtime.RemoveAll(dir, bundle.UserNamespace())
	}})
}

// makeVolumes makes the volumes that a new container is going to use. The
// container's folder already says that it uses them, though it is hidden: nobody
// removes them from here on, nor replaces their folders once they are made here.
func (e *Engine) makeVolumes(ctx context.Context, p *plan.Plan) error {
	layers := filesystem.Layers(p.Container)
	for _, wish := range p.Volumes {
		if _, err := e.Volumes().Create(wish.Volume); err != nil {
			return err
		}
		err := e.Volumes().Fill(wish.Name, func(dir string) error {
			if !wish.Copy {
				return nil
			}
			return fill.FromImage(ctx, layers, wish.Destination, dir)
		}, e.otherUsers(wish.Name, p.ID))
		if err != nil {
			return fmt.Errorf("filling the volume %s with what the image has in %s: %w", wish.Name, wish.Destination, err)
		}
	}
	return ctx.Err()
}

// RemoveVolume removes a volume that no container uses. The error wraps
// volume.ErrNotExist or volume.ErrInUse.
func (e *Engine) RemoveVolume(name string) error { return e.removeVolume(name, "") }

// removeVolume removes a volume that no container uses but one that is going.
func (e *Engine) removeVolume(name, going string) error {
	return e.Volumes().Remove(name, e.otherUsers(name, going))
}

// otherUsers says who uses a volume besides one container.
func (e *Engine) otherUsers(name, but string) func() ([]string, error) {
	return func() ([]string, error) {
		used, err := e.containers.VolumeUsers()
		return slices.DeleteFunc(used[name], func(id string) bool { return id == but }), err
	}
}

// VolumeUsers lists the ids of the containers that use each volume.
func (e *Engine) VolumeUsers() (map[string][]string, error) { return e.containers.VolumeUsers() }
