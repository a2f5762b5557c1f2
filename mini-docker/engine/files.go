package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	goruntime "runtime"
	"strconv"
	"time"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/carry"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/engine/flock"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/rootfs"
	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Files are a container's files as its processes see them, or would.
type Files struct {
	*rootfs.Root
	container *container.Container
	close     func()
}

// Close lets go of the files.
func (f *Files) Close() error {
	err := f.Root.Close()
	f.close()
	return err
}

// lentFiles is the variable that names the descriptor of LendFiles.
const lentFiles = "MINI_DOCKER_LENT_FILES"

// LendFiles opens the root of a container that runs, for this program when it goes
// on as root of a user namespace (runtime.RunMapped): the way there, /proc/PID/root,
// is for the owner of the container's user namespace, which that one is not
// (ptrace(2), PTRACE_MODE_READ_FSCREDS). For anybody else it does nothing.
func (e *Engine) LendFiles(c *container.Container) error {
	if !c.State.Running || !runtime.NeedsMapping(bundle.ThisHost().UserNamespace()) {
		return nil
	}
	root, err := os.Open(fmt.Sprintf("/proc/%d/root", c.State.Pid))
	if err != nil {
		return err
	}
	defer root.Close()
	// Out of the way of what a mapped program is given, and not closed by exec(2).
	lent, err := unix.FcntlInt(root.Fd(), unix.F_DUPFD, 100)
	if err != nil {
		return err
	}
	return os.Setenv(lentFiles, strconv.Itoa(lent))
}

// OpenFiles opens a container's files. Those of one that runs are reached through
// its first process. Of one that does not, the layers are stacked, with its volumes,
// where nobody else sees it, and until Close it cannot be started.
func (e *Engine) OpenFiles(ctx context.Context, c *container.Container) (*Files, error) {
	if !c.State.Running {
		return e.openStopped(ctx, c)
	}
	name := fmt.Sprintf("/proc/%d/root", c.State.Pid)
	if lent := os.Getenv(lentFiles); lent != "" && layer.UserXattr() {
		name = "/proc/self/fd/" + lent
	}
	root, err := rootfs.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening the files of container %s: %w", c.PlainName(), err)
	}
	// Had it ended, the number could be another process's by now.
	if state, err := e.runtime.State(c.ID); err != nil || state.Pid != c.State.Pid || state.Status != specs.StateRunning {
		root.Close()
		return nil, invalidf("container %s has just ended: try again", c.ID)
	}
	return &Files{Root: root, container: c, close: func() {}}, nil
}

func (e *Engine) openStopped(ctx context.Context, c *container.Container) (*Files, error) {
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
	root, unmount, err := mountFiles(c, e.containers.Dir(c.ID))
	if errors.Is(err, unix.EPERM) && os.Geteuid() != 0 {
		lock.Release()
		return nil, invalidf("container %s is not running, and to stack its layers needs root or ranges of further ids (subuid(5)): start it first", c.PlainName())
	}
	if err != nil {
		lock.Release()
		return nil, fmt.Errorf("stacking the layers of container %s: %w", c.PlainName(), err)
	}
	return &Files{root, c, func() { unmount(); lock.Release() }}, nil
}

// mountFiles mounts a container's overlay on a folder, and its volumes in it, in a
// mount namespace of a thread of its own: when the thread ends, so do the mounts,
// however this program ends. They are reached through the descriptor of the root.
func mountFiles(c *container.Container, dir string) (*rootfs.Root, func(), error) {
	graph := c.GraphDriver.Data
	options := layer.OverlayOptions(splitLower(graph[lowerDir]), graph[upperDir], graph[workDir], layer.UserXattr())
	overlay := &specs.Mount{Destination: "/", Type: "overlay", Source: "overlay", Options: options}
	var volumes specs.Spec
	if err := errors.Join(layer.CheckOptions(options), bind(c, &volumes)); err != nil {
		return nil, nil, err
	}
	var root *rootfs.Root
	var err error
	made, end, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		goruntime.LockOSThread() // and never unlocked: the thread is of no further use
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
		return nil, nil, err
	}
	return root, stop, nil
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

// Find looks a path up in the container; with follow a link that it ends in, too.
func (f *Files) Find(name string, follow bool) (*carry.Place, error) {
	place, err := carry.Find(f, name, follow)
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil, f.missing(name)
	}
	return place, err
}

func (f *Files) missing(name string) error {
	return invalidf("Could not find the file %s in container %s", name, f.container.PlainName())
}
