package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// insideVariable says to this program that it is where it is to be.
const insideVariable = "MINI_DOCKER_BENCH_INSIDE"

// hybrid are the mounts of cgroup v2, or of none at all, that lie beside those
// of v1 on some machines.
func hybrid() []string { return []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"} }

// apart runs this program once more in a mount and a network namespace of its
// own, if it is root's: crun refuses to run where cgroup v1 and v2 lie beside each
// other, and bridges, rules and a docker daemon's chains are not to be the host's.
// All take part from inside, so nobody has an advantage. done says that it has
// been run.
func apart() (done bool, err error) {
	if os.Getenv(insideVariable) != "" {
		return false, prepareInside()
	}
	if os.Geteuid() != 0 {
		return false, nil
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Env = append(os.Environ(), insideVariable+"=1")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Unshareflags makes the mounts private first: what is unmounted here stays
	// mounted outside.
	again.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGTERM}
	signal.Ignore(os.Interrupt) // it gets Ctrl-C itself and tidies up
	err = again.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode()) // it has said what was wrong
	}
	return true, err
}

// prepareInside leaves nothing but cgroup v1 where the machine has both, shows the
// network settings of the new namespace, and has its loopback work.
func prepareInside() error {
	for _, each := range hybrid() {
		var stat unix.Statfs_t
		if unix.Statfs(hybrid()[0], &stat) != nil || stat.Type != unix.CGROUP2_SUPER_MAGIC {
			break
		}
		if err := unix.Unmount(each, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
			return &os.PathError{Op: "unmounting", Path: each, Err: err}
		}
	}
	loopback, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	return netlink.LinkSetUp(loopback)
}
