package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/volume"
)

// forget gives back the container's addresses and ports, removes the runtime's
// state and the cgroup, and kills what may run. A runtime that was killed before
// it had written the state, or after it had removed it, leaves an empty folder,
// and nothing else.
func (e *Engine) forget(id string) error {
	if err := e.endpoints().Disconnect(id); err != nil {
		return err
	}
	err := e.runtime.Delete(id, true)
	if errors.Is(err, runtime.ErrNotExist) {
		return os.RemoveAll(filepath.Join(e.states, id))
	}
	return err
}

// removeHidden removes the folder of a container that is hidden, and its anonymous
// volumes if they are to go with it. A crash on the way has it done once more: the
// folder, which says so, goes last.
func (e *Engine) removeHidden(ctx context.Context, id string) error {
	if err := e.removeVolumes(id); err != nil {
		return err
	}
	return removeTree(ctx, e.containers.Hidden(id))
}

// removeVolumes removes the anonymous volumes that are to go with a container's
// hidden folder, but for those that another container uses as well.
func (e *Engine) removeVolumes(id string) error {
	for _, each := range e.containers.Disposable(id) {
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

// removeTree removes a folder with all that is in it. overlayfs and containers
// leave directories that not even their owner may enter, which stop everybody
// but root: those are opened up first.
func removeTree(ctx context.Context, dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		// A directory is visited before it is read, so in time to open it. It
		// is a directory, not a link to one: WalkDir follows none.
		if err == nil && entry.IsDir() {
			os.Chmod(path, 0o700)
		}
		return ctx.Err()
	})
	// What the container's other users wrote belongs to ids that are ours only in
	// a user namespace like the container's.
	return runtime.RemoveAll(dir, bundle.UserNamespace())
}
