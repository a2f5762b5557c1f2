package filesystem

import (
	"fmt"
	"os"
	"strconv"

	"drydock/mini-docker/engine/bundle"
	"drydock/mini-docker/engine/container"
	"drydock/mini-docker/layer"
	"drydock/mini-docker/rootfs"
	"drydock/mini-docker/runtime"

	"golang.org/x/sys/unix"
)

// lentFiles is the variable that names the descriptor of Lend.
const lentFiles = "MINI_DOCKER_LENT_FILES"

// Lend opens the root of a container that runs, for this program when it goes
// on as root of a user namespace (runtime.RunMapped): the way there, /proc/PID/root,
// is for the owner of the container's user namespace, which that one is not
// (ptrace(2), PTRACE_MODE_READ_FSCREDS). For anybody else it does nothing.
func Lend(c *container.Container) error {
	if !c.State.Running || !runtime.NeedsMapping(bundle.UserNamespace()) {
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

// Running opens the files of a container that runs, through its first process.
// Whether that has ended meanwhile, the caller has to look again: its number could be
// another process's by now.
func Running(c *container.Container) (*Files, error) {
	name := fmt.Sprintf("/proc/%d/root", c.State.Pid)
	if lent := os.Getenv(lentFiles); lent != "" && layer.UserXattr() {
		name = "/proc/self/fd/" + lent
	}
	root, err := rootfs.Open(name)
	if err != nil {
		return nil, fmt.Errorf("opening the files of container %s: %w", c.PlainName(), err)
	}
	return &Files{Root: root, container: c, close: func() {}}, nil
}
