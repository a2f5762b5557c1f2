package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideVariable says to this program that it is where it is to be.
const insideVariable = "MINI_DOCKER_BENCH_INSIDE"

// hybrid are the mounts of cgroup v2, or of none at all, that lie beside those
// of v1 on some machines.
func hybrid() []string { return []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup/systemd"} }

// withoutHybridCgroups runs this program once more in a mount namespace in which
// there is nothing but cgroup v1, if the machine has both: crun refuses to run
// there otherwise. All take part from inside, so nobody has an advantage. done
// says that it has been run.
func withoutHybridCgroups() (done bool, err error) {
	if os.Getenv(insideVariable) != "" {
		for _, each := range hybrid() {
			if err := unix.Unmount(each, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) {
				return true, &os.PathError{Op: "unmounting", Path: each, Err: err}
			}
		}
		return false, nil
	}
	var stat unix.Statfs_t
	if os.Geteuid() != 0 || unix.Statfs(hybrid()[0], &stat) != nil || stat.Type != unix.CGROUP2_SUPER_MAGIC {
		return false, nil
	}
	again := exec.Command("/proc/self/exe", os.Args[1:]...)
	again.Env = append(os.Environ(), insideVariable+"=1")
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	// Unshareflags makes the mounts private first: what is unmounted here stays
	// mounted outside.
	again.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGTERM}
	signal.Ignore(os.Interrupt) // it gets Ctrl-C itself and tidies up
	err = again.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		os.Exit(exit.ExitCode()) // it has said what was wrong
	}
	return true, err
}
