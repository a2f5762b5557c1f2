// Package engine keeps containers: it gives them ids and names, prepares their
// folder and file system from an image, has the runtime run them, remembers how
// they ended and removes them.
//
//	e, err := engine.Open(dirs.Locate(""))
//	c, err := e.Create(ctx, engine.CreateOptions{Image: "mini/box", Args: []string{"true"}})
//	running, err := e.Start(ctx, c, engine.Attachment{Stdout: os.Stdout})
//	exit, err := running.Wait()
//	err = running.Finish(ctx) // or, before it has ended, Leave: it goes on
//
// There is no daemon, but a small program beside each container: see package life.
// What is known stands in files, several programs may use them at once, and any of
// them may be killed at any instant:
//
//	ROOT/containers.format       the version of the format of what follows
//	ROOT/containers/ID/          locked by the container's shim, or who creates it
//	ROOT/containers/ID/container.json
//	ROOT/containers/ID/exit      what the shim saw of its end
//	ROOT/containers/ID/disposable    its anonymous volumes, if it has any, go with it
//	ROOT/containers/ID/ID-json.log   what it has written to its standard streams
//	ROOT/containers/ID/shim.sock     where the shim is talked to
//	ROOT/containers/ID/limits.json   if they were changed since it was made
//	ROOT/containers/ID/networks.json   likewise
//	ROOT/containers/ID/config.json   makes the folder an OCI bundle; from the start on
//	ROOT/containers/ID/{upper,work}  what the container has written
//	ROOT/containers/ID/{hostname,hosts,resolv.conf}
//	ROOT/containers/.ID/         being made, or being removed
//	ROOT/rootfs/                 stays empty: where each container mounts its root,
//	                             in a mount namespace of its own
//	ROOT/names/NAME              symbolic link whose text is the id
//	ROOT/{oci,layers}/           the images
//	ROOT/volumes/                see package volume
//	{ROOT,RUN}/networks/         see package networks
//	RUN/runtime/ID/              the runtime's state
//
// The package prints nothing and knows no flags: that is cmd/mini-docker.
package engine

import (
	"context"
	"errors"
	"path/filepath"
	"sync"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/dirs"
	"drydock/mini-docker/image"
	"drydock/mini-docker/runtime"
	"drydock/mini-docker/shim/program"
)

// Engine keeps the containers of one root folder.
type Engine struct {
	root       string
	run        string // what does not survive a reboot
	states     string // of the runtime
	runtime    *runtime.Runtime
	containers *container.Store
	images     func() (*image.Store, error)
}

// Open returns the engine whose files lie where d says. Nothing is read or
// written yet.
func Open(d dirs.Dirs) (*Engine, error) {
	// The runtime and the bundle need paths that do not depend on where the
	// program happens to be.
	root, err := filepath.Abs(d.Root)
	if err != nil {
		return nil, err
	}
	run, err := filepath.Abs(d.RunDir)
	if err != nil {
		return nil, err
	}
	states := filepath.Join(run, "runtime")
	e := &Engine{
		root: root, run: run, states: states,
		runtime: runtime.New(states), containers: container.Open(root),
		images: sync.OnceValues(func() (*image.Store, error) { return image.Open(root, d.Images...) }),
	}
	e.runtime.Program = sync.OnceValues(func() (string, error) {
		path, err := program.Install(root, program.Init)
		if errors.Is(err, program.ErrNone) {
			return "", nil // as in a learner's tree, where what they write is in this program
		}
		return path, err
	})
	return e, nil
}

// Root is the folder the engine keeps its files in.
func (e *Engine) Root() string { return e.root }

// Images returns the images of this engine. The base image is among them if this
// program carries it.
func (e *Engine) Images(ctx context.Context) (*image.Store, error) {
	store, err := e.images()
	if err != nil {
		return nil, err
	}
	if err := store.EnsureBase(ctx); err != nil && !errors.Is(err, image.ErrNoBase) {
		return nil, err
	}
	return store, nil
}

// rootfs is the folder that containers mount their root on. Each does so in its
// own mount namespace, so one serves all, and on the host it is empty.
func (e *Engine) rootfs() string { return filepath.Join(e.root, "rootfs") }
