package runtime

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// MaybeInit turns this program into a container's first process if that is what
// it was started as (see Create), and never returns then. It is the first thing
// main calls.
func MaybeInit() {
	if len(os.Args) == 0 || os.Args[0] != initArg {
		return
	}
	// Credentials, capabilities and the parent-death signal belong to a thread:
	// the one that executes the command must be the one that set them.
	runtime.LockOSThread()
	debug.SetGCPercent(-1) // too short a life to collect garbage in

	setup := os.NewFile(setupFD, "setup")
	listener := os.NewFile(startFD, "start")
	unix.CloseOnExec(setupFD)
	unix.CloseOnExec(startFD)
	os.Exit(initMain(setup, listener))
}

// initMain builds the container, waits for Start and executes the command. It
// returns only when something failed, or with the command's exit status if it
// stayed as the container's init.
func initMain(setup, listener *os.File) int {
	var request initRequest
	if err := json.NewDecoder(setup).Decode(&request); err != nil {
		return 1 // the creator is gone: there is nobody to tell
	}
	c := &container{spec: new(specs.Spec), request: request, setup: setup}
	err := json.Unmarshal(request.Config, c.spec)
	if err == nil {
		err = c.dieWithParent()
	}
	if err == nil {
		err = c.build()
	}
	if err != nil {
		sendReply(setup, replyOf(err), nil)
		return 1
	}
	if err := sendReply(setup, initReply{}, c.console); err != nil {
		return 1
	}
	c.closeConsole()

	starter, err := accept(listener)
	if err != nil {
		return 1
	}
	exit, err := c.run(starter)
	if err != nil {
		sendReply(starter, replyOf(err), nil)
	}
	return exit
}

// container is a container as seen from inside, while it is being built.
type container struct {
	spec    *specs.Spec
	request initRequest
	setup   *os.File
	console *os.File // the outer end of the terminal, or nil
}

// build makes everything of the container but its command. The order matters:
// what needs the host's files comes before the root is exchanged, what needs
// privileges before they are given up.
func (c *container) build() error {
	if isNew(c.spec, specs.NetworkNamespace) {
		if err := namespace.LoopbackUp(); err != nil {
			return err
		}
	}
	if err := c.buildRoot(); err != nil {
		return err
	}
	if err := rootfs.PivotRoot(c.request.Root); err != nil {
		return err
	}
	if c.spec.Hostname != "" {
		if err := unix.Sethostname([]byte(c.spec.Hostname)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
	}
	if c.spec.Domainname != "" {
		if err := unix.Setdomainname([]byte(c.spec.Domainname)); err != nil {
			return fmt.Errorf("setting the domain name: %w", err)
		}
	}
	return setSysctls(c.spec.Linux.Sysctl)
}

// buildRoot mounts the container's file system where PivotRoot will find it.
func (c *container) buildRoot() error {
	if err := rootfs.Isolate(); err != nil {
		return err
	}
	overlay, mounts := splitRoot(c.spec.Mounts)
	if err := rootfs.MountRoot(c.request.Root, overlay); err != nil {
		return err
	}
	root, err := rootfs.Open(c.request.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, mount := range mounts {
		if err := root.Mount(mount); err != nil {
			return err
		}
	}
	if err := root.Devices(append(rootfs.DefaultDevices(), c.spec.Linux.Devices...)); err != nil {
		return err
	}
	if c.spec.Process.Terminal {
		if err := c.openConsole(root); err != nil {
			return err
		}
	}
	return c.protectRoot(root)
}

// protectRoot takes away what the container must not see or change.
func (c *container) protectRoot(root *rootfs.Root) error {
	cwd, err := root.MkdirAll(c.spec.Process.Cwd)
	if err != nil {
		return fmt.Errorf("making the working directory: %w", err)
	}
	cwd.Close()
	if err := root.Mask(c.spec.Linux.MaskedPaths); err != nil {
		return err
	}
	if err := root.ReadOnlyPaths(c.spec.Linux.ReadonlyPaths); err != nil {
		return err
	}
	if c.spec.Root.Readonly {
		return root.ReadOnly()
	}
	return nil
}

// splitRoot tells the mount that is to become the root itself from the others.
func splitRoot(mounts []specs.Mount) (*specs.Mount, []specs.Mount) {
	if len(mounts) > 0 && mounts[0].Destination == "/" {
		return &mounts[0], mounts[1:]
	}
	return nil, mounts
}

// accept waits until Start connects.
func accept(listener *os.File) (*os.File, error) {
	for {
		fd, _, err := unix.Accept4(int(listener.Fd()), unix.SOCK_CLOEXEC)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), "starter"), nil
	}
}
