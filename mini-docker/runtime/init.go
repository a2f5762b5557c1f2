package runtime

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"drydock/mini-docker/explain"
	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// MaybeInit turns this program into a container's first process if that is what
// it was started as (see Create), and never returns then. It is the first thing
// main calls.
func MaybeInit() {
	if len(os.Args) == 0 {
		return
	}
	if os.Args[0] == reaperArg && len(os.Args) > 3 {
		os.Exit(reaperMain(os.Args[1], os.Args[2], os.Args[3:]))
	}
	if os.Args[0] != initArg && os.Args[0] != removeArg && os.Args[0] != mappedArg {
		return
	}
	if len(os.Args) > 1 && os.Args[1] == unmappedArg {
		if err := becomeMapped(); err != nil {
			os.Exit(1) // the creator sees that the socket is closed
		}
	}
	if os.Args[0] == mappedArg {
		goOnMapped()
		return
	}
	if os.Args[0] == removeArg {
		os.Exit(removeMain(os.Args[1:]))
	}
	// Credentials, capabilities and the parent-death signal belong to a thread:
	// the one that executes the command must be the one that set them.
	runtime.LockOSThread()
	debug.SetGCPercent(-1) // too short a life to collect garbage in

	further := preserved()
	setup := os.NewFile(uintptr(setupFD+further), "setup")
	listener := os.NewFile(uintptr(startFD+further), "start")
	unix.CloseOnExec(setupFD + further)
	unix.CloseOnExec(startFD + further)
	holdPreserved()
	if err := keepToOneself(); err != nil {
		os.Exit(1) // the creator sees that the socket is closed
	}
	if len(os.Args) > 1 && os.Args[1] == enterArg {
		os.Exit(enterMain(setup))
	}
	os.Exit(initMain(setup, listener))
}

// keepToOneself forbids others to look into this process: programs of the image see
// it before it has become the command, as hooks or in PID namespaces that are shared,
// and its descriptors would lead them out (CVE-2016-9962). It lasts until execve. See
// PR_SET_DUMPABLE(2const).
func keepToOneself() error {
	unix.Close(selfFD + preserved())
	return unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}

// initMain builds the container, waits for Start and becomes the command. It
// returns only when something failed, with the status to end with.
func initMain(setup, listener *os.File) int {
	c := &container{setup: setup, creator: json.NewDecoder(setup)}
	if err := c.creator.Decode(&c.request); err != nil {
		return 1 // the creator is gone: there is nobody to tell
	}
	c.spec = c.request.Spec.spec()
	unix.Umask(0) // the creator's must not decide who may enter what is made here
	err := c.dieWithParent()
	if err == nil {
		err = c.build()
	}
	for err == nil && !c.rest.IsRest {
		err = c.hear()
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
	listener.Close()
	if err != nil {
		return 1
	}
	exit, err := c.run(starter)
	sendReply(starter, replyOf(err), nil)
	return exit
}

// container is a container as seen from inside, while it is being built.
type container struct {
	spec    *specs.Spec
	request initRequest
	rest    followUp // of the request, once it has come
	setup   *os.File
	creator *json.Decoder // reads from setup
	console *os.File      // the outer end of the terminal, or nil
	entered bool          // it was there already: see Exec
}

// step announces what comes next, if that is wanted, and waits until the creator
// lets it happen. With the creator gone there is nobody to tell.
func (c *container) step(step explain.Step, particular string) {
	if !c.request.Narrate {
		return
	}
	c.ask(initReply{Step: &step, Particular: particular})
}

// ask tells the creator something and waits for its answer.
func (c *container) ask(reply initReply) error {
	if err := sendReply(c.setup, reply, nil); err != nil {
		return err
	}
	hadRest := c.rest.IsRest
	err := c.hear()
	if err == nil && c.rest.IsRest != hadRest {
		err = c.hear() // that was the rest: the answer comes behind it
	}
	return err
}

// hear takes the creator's next message.
func (c *container) hear() error {
	var message followUp
	if err := c.creator.Decode(&message); err != nil {
		return fmt.Errorf("hearing from the creator: %w", err)
	}
	if message.IsRest {
		c.rest = message
	}
	return nil
}

// build makes everything of the container but its command. The order matters:
// what needs the host's files comes before the root is exchanged, what needs
// privileges before they are given up.
func (c *container) build() error {
	if err := rootCgroups(c.spec.Linux, c.request.Cgroups); err != nil {
		return err
	}
	if isNew(c.spec.Linux, specs.NetworkNamespace) {
		c.step(explain.Loopback, "")
		if err := namespace.LoopbackUp(); err != nil {
			return err
		}
	}
	if err := c.buildRoot(); err != nil {
		return err
	}
	c.step(explain.PivotRoot, c.request.Root)
	if err := c.enterRoot(); err != nil {
		return err
	}
	if err := c.lookUp(); err != nil {
		return err
	}
	if c.spec.Hostname != "" {
		c.step(explain.Hostname, c.spec.Hostname)
		if err := unix.Sethostname([]byte(c.spec.Hostname)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
	}
	if c.spec.Domainname != "" {
		if err := unix.Setdomainname([]byte(c.spec.Domainname)); err != nil {
			return fmt.Errorf("setting the domain name: %w", err)
		}
	}
	return nil
}

// buildRoot mounts the container's file system where PivotRoot will find it.
func (c *container) buildRoot() error {
	if err := c.isolate(); err != nil {
		return err
	}
	overlay, mounts := splitRoot(c.spec.Mounts)
	if overlay != nil {
		c.step(explain.Overlay, describeLayers(overlay.Options))
	}
	if err := rootfs.MountRoot(c.request.Root, overlay); err != nil {
		return err
	}
	if sharesMounts(c.spec.Linux) {
		if err := rootfs.Unshare(c.request.Root); err != nil {
			return err
		}
	}
	root, err := rootfs.Open(c.request.Root)
	if err != nil {
		return err
	}
	defer root.Close()
	c.step(explain.Mounts, describeMounts(mounts))
	for _, mount := range mounts {
		if err := c.mount(root, mount); err != nil {
			return err
		}
	}
	c.step(explain.Devices, "")
	if err := root.Devices(append(rootfs.DefaultDevices(), c.spec.Linux.Devices...)); err != nil {
		return err
	}
	if c.spec.Process.Terminal {
		c.step(explain.Console, "")
		if err := c.openConsole(root); err != nil {
			return err
		}
	}
	if err := c.createHooks(); err != nil {
		return err
	}
	return c.protectRoot(root)
}

// mount does one of config.json's mounts.
func (c *container) mount(root *rootfs.Root, m specs.Mount) error {
	if m.Type == cgroupType {
		return c.mountCgroups(root, m)
	}
	return root.Mount(m)
}

// protectRoot takes away what the container must not see or change, and sets
// before that what it may not set itself.
func (c *container) protectRoot(root *rootfs.Root) error {
	cwd, err := root.MkdirAll(c.spec.Process.Cwd)
	if err != nil {
		return fmt.Errorf("making the working directory: %w", err)
	}
	cwd.Close()
	if err := setSysctls(root, c.spec.Linux.Sysctl); err != nil {
		return err
	}
	c.step(explain.Mask, fmt.Sprintf("%d paths hidden, %d read-only",
		len(c.spec.Linux.MaskedPaths), len(c.spec.Linux.ReadonlyPaths)))
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
