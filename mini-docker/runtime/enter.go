package runtime

import (
	"encoding/json"
	"fmt"
	"os"

	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// enterArg is argv[1] of a process that is to become a further command in a
// container that runs: see Exec. It talks to its creator as a first process does,
// but for the start, which nobody has to ask for:
//
//	creator                          process
//	   │ ── initRequest, followUp ────▶ │   enters
//	   │ ◀───────────────── initReply ─ │   with the terminal, if there is one
//	   │ ── followUp ─────────────────▶ │   so that the replies are told apart
//	   │ ◀──────── end of file ──────── │   execve succeeded and closed it, or
//	   │ ◀───────────────── initReply ─ │   it did not, and why
const enterArg = "enter"

// mountsFD is where such a process finds the container's mount namespace, which it
// enters itself: its creator could not have executed it from there.
const mountsFD = startFD

// cgroupsFD is where it finds the container's cgroup namespace, if that has one. Where
// such namespaces are boundaries (the option nsdelegate) nobody inside one can start a
// process from a cgroup outside of it, so the process enters once it is in the
// container's cgroup. See admin-guide/cgroup-v2.rst, Delegation Containment.
const cgroupsFD = selfFD + 1

// enterMain enters the container and becomes the command. It returns only when
// something failed, with the status to end with.
func enterMain(setup *os.File) int {
	c := &container{setup: setup, creator: json.NewDecoder(setup), entered: true}
	if err := c.creator.Decode(&c.request); err != nil {
		return 1 // the creator is gone: there is nobody to tell
	}
	c.spec = c.request.Spec.spec()
	err := c.enter()
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
	if err := c.hear(); err != nil {
		return 1
	}
	exit, err := c.run(setup)
	sendReply(setup, replyOf(err), nil)
	return exit
}

// enter moves this thread into the last of the container's namespaces, its cgroups and
// its mounts, and opens a terminal there if one is wanted.
func (c *container) enter() error {
	// Threads share their working directory and root; setns refuses to change
	// those of one thread while it shares them.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return fmt.Errorf("unsharing the working directory: %w", err)
	}
	if cgroups := cgroupsFD + preserved(); c.request.EnterCgroups {
		if err := unix.Setns(cgroups, unix.CLONE_NEWCGROUP); err != nil {
			return fmt.Errorf("entering the container's cgroup namespace: %w", err)
		}
		unix.Close(cgroups)
	}
	mounts := mountsFD + preserved()
	if err := unix.Setns(mounts, unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("entering the container's mounts: %w", err)
	}
	unix.Close(mounts)
	if c.request.Root != "" { // the mounts are not its own
		if err := rootfs.Chroot(c.request.Root); err != nil {
			return err
		}
	}
	if !c.spec.Process.Terminal {
		return nil
	}
	root, err := rootfs.Open("/")
	if err != nil {
		return err
	}
	defer root.Close()
	return c.openConsole(root)
}
