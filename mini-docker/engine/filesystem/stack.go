package filesystem

import (
	"errors"
	"fmt"
	"runtime"

	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Stack opens the files of a container that does not run, and must not until Close.
// Its overlay is mounted on a folder, and its volumes in it, in a mount namespace of a
// thread of its own: when the thread ends, so do the mounts, however this program
// ends. They are reached through the descriptor of the root.
func Stack(c *container.Container, dir string) (*Files, error) {
	options := layer.OverlayOptions(Layers(c), Upper(c), Work(c), layer.UserXattr())
	overlay := &specs.Mount{Destination: "/", Type: "overlay", Source: "overlay", Options: options}
	var volumes specs.Spec
	if err := errors.Join(layer.CheckOptions(options), Bind(c, &volumes)); err != nil {
		return nil, err
	}
	var root *rootfs.Root
	var err error
	made, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread() // and never unlocked: the thread is of no further use
		root, err = mountHere(dir, overlay, volumes.Mounts, c.HostConfig.ReadonlyRootfs)
		close(made)
		<-end
		if root != nil {
			unix.Unmount(dir, unix.MNT_DETACH)
		}
	}()
	<-made
	stop := func() { close(end); <-ended }
	if err != nil {
		stop()
		return nil, err
	}
	return &Files{root, c, stop}, nil
}

// mountHere gives the calling thread a mount namespace and mounts in it.
func mountHere(dir string, overlay *specs.Mount, volumes []specs.Mount, readOnly bool) (*rootfs.Root, error) {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return nil, fmt.Errorf("unsharing the mounts: %w", err)
	}
	if err := rootfs.Isolate(); err != nil {
		return nil, err
	}
	if err := rootfs.MountRoot(dir, overlay); err != nil {
		return nil, err
	}
	root, err := rootfs.Open(dir)
	if err != nil {
		return nil, err
	}
	for _, m := range volumes {
		if err == nil {
			err = root.Mount(m)
		}
	}
	if err == nil && readOnly {
		err = root.ReadOnly()
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}
