package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/mounts"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/volume"
)

// Volumes are the volumes of this engine.
func (e *Engine) Volumes() *volume.Store {
	return volume.New(volume.Options{Root: e.root, Merge: mergeVolume, RemoveAll: func(dir string) error {
		return runtime.RemoveAll(dir, bundle.ThisHost().UserNamespace())
	}})
}

// makeVolumes makes the volumes that a new container is going to use. The
// container's folder already says that it uses them, though it is hidden: nobody
// removes them from here on, nor replaces their folders once they are made here.
func (e *Engine) makeVolumes(ctx context.Context, c *Container) error {
	layers := splitLower(c.GraphDriver.Data[lowerDir])
	for _, wish := range c.volumes {
		if _, err := e.Volumes().Create(wish.Volume); err != nil {
			return err
		}
		err := e.Volumes().Fill(wish.Name, func(dir string) error {
			if !wish.copy {
				return nil
			}
			return copyFromImage(ctx, layers, wish.destination, dir)
		}, e.otherUsers(wish.Name, c.ID))
		if err != nil {
			return fmt.Errorf("filling the volume %s with what the image has in %s: %w", wish.Name, wish.destination, err)
		}
	}
	return ctx.Err()
}

// disposableFile is there if the container's anonymous volumes go when its folder
// does: while it is being made, if it is to be removed at its end, and when it is
// removed with them.
const disposableFile = "disposable"

// keepVolumes says whether the container's anonymous volumes are to outlive it.
func (e *Engine) keepVolumes(dir string, keep bool) error {
	file := filepath.Join(dir, disposableFile)
	if !keep {
		return os.WriteFile(file, nil, 0o600)
	}
	if err := os.Remove(file); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// removeVolumes removes the anonymous volumes that are to go with a container's
// hidden folder, but for those that another container uses as well.
func (e *Engine) removeVolumes(id string) error {
	dir := e.hiddenDir(id)
	if _, err := os.Lstat(filepath.Join(dir, disposableFile)); err != nil {
		return nil
	}
	for _, each := range volumesOf(dir) {
		v, err := e.Volumes().Find(each)
		if err == nil && v.IsAnonymous() {
			err = e.removeVolume(v.Name, id)
		}
		if err != nil && !errors.Is(err, volume.ErrNotExist) && !errors.Is(err, volume.ErrInUse) {
			return err
		}
	}
	return nil
}

// volumesOf names the volumes that the container in a folder uses. A damaged one
// uses none.
func volumesOf(dir string) []string {
	var c struct{ Mounts []Mount }
	text, err := os.ReadFile(filepath.Join(dir, containerFile))
	if err != nil || json.Unmarshal(text, &c) != nil {
		return nil
	}
	var names []string
	for _, each := range c.Mounts {
		if each.Type == mounts.Volume {
			names = append(names, each.Name)
		}
	}
	return names
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
		used, err := e.VolumeUsers()
		return slices.DeleteFunc(used[name], func(id string) bool { return id == but }), err
	}
}

// VolumeUsers lists the ids of the containers that use each volume. Those that are
// being made, or removed, are among them: a hidden folder with an owner.
func (e *Engine) VolumeUsers() (map[string][]string, error) {
	entries, err := os.ReadDir(e.containers())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	users := map[string][]string{}
	for _, entry := range entries {
		id, isHidden := strings.CutPrefix(entry.Name(), ".")
		dir := filepath.Join(e.containers(), entry.Name())
		if isHidden && !isLocked(dir) {
			continue
		}
		for _, name := range volumesOf(dir) {
			if !slices.Contains(users[name], id) {
				users[name] = append(users[name], id)
			}
		}
	}
	return users, nil
}
