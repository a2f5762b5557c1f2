package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/filesystem"
	"drydock/mini-docker/flock"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// OpenFiles opens a container's files. Those of one that runs are reached through
// its first process. Of one that does not, the layers are stacked, with its volumes,
// where nobody else sees it, and until Close it cannot be started.
func (e *Engine) OpenFiles(ctx context.Context, c *container.Container) (*filesystem.Files, error) {
	if !c.State.Running {
		return e.openStopped(ctx, c)
	}
	files, err := filesystem.Running(c)
	if err != nil {
		return nil, err
	}
	// Had it ended, the number could be another process's by now.
	if state, err := e.runtime.State(c.ID); err != nil || state.Pid != c.State.Pid || state.Status != specs.StateRunning {
		files.Close()
		return nil, invalidf("container %s has just ended: try again", c.ID)
	}
	return files, nil
}

func (e *Engine) openStopped(ctx context.Context, c *container.Container) (*filesystem.Files, error) {
	// One that has just ended is about to be let go of.
	soon, cancel := context.WithTimeout(ctx, removalPatience*100*time.Millisecond)
	defer cancel()
	lock, err := flock.Await(soon, e.containers.Dir(c.ID))
	if errors.Is(err, flock.ErrHeld) {
		return nil, invalidf("container %s is in use: it is being started, removed or copied from: try again", c.PlainName())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", container.ErrNotExist, c.ID)
	}
	if err != nil {
		return nil, err
	}
	files, err := filesystem.Stack(c, e.containers.Dir(c.ID))
	if errors.Is(err, unix.EPERM) && os.Geteuid() != 0 {
		lock.Release()
		return nil, invalidf("container %s is not running, and to stack its layers needs root or ranges of further ids (subuid(5)): start it first", c.PlainName())
	}
	if err != nil {
		lock.Release()
		return nil, fmt.Errorf("stacking the layers of container %s: %w", c.PlainName(), err)
	}
	files.OnClose(lock.Release)
	return files, nil
}
