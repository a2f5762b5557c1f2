package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"drydock/testscripts/vm/plan"
)

// A mount is one call of mount(2); the target is made when it is missing.
type mount struct {
	source, target, kind string
	flags                uintptr
	data                 string
}

func mountAll(all ...mount) error {
	for _, m := range all {
		if err := os.MkdirAll(m.target, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(m.source, m.target, m.kind, m.flags, m.data); err != nil {
			return fmt.Errorf("mounting %s on %s: %w", m.kind, m.target, err)
		}
	}
	return nil
}

// mountKernelFiles mounts what the kernel shows of itself and its devices.
func mountKernelFiles() error {
	const safe = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	return mountAll(
		mount{"proc", "/proc", "proc", safe, ""},
		mount{"sysfs", "/sys", "sysfs", safe, ""},
		mount{"udev", "/dev", "devtmpfs", unix.MS_NOSUID, "mode=0755"},
	)
}

// loadModules loads the modules of the initramfs in the order of their names,
// and removes them: the initramfs is memory.
func loadModules() error {
	files, err := os.ReadDir(plan.ModulesDir) // sorted
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := loadModule(filepath.Join(plan.ModulesDir, file.Name())); err != nil {
			return fmt.Errorf("loading kernel module %s: %w", file.Name(), err)
		}
	}
	return os.RemoveAll(plan.ModulesDir)
}

func loadModule(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), "", 0)
}

// switchRoot makes the disk the root file system.
//
// The initramfs is the kernel's own first mount, which pivot_root(2) refuses to
// move away. So the disk is moved over it instead, and chroot(2) follows; see
// also "switch_root" in the kernel's ramfs-rootfs-initramfs document. From then
// on / is an ordinary mount, and programs may pivot as they may anywhere.
func switchRoot() error {
	const disk, target = "/dev/vda", "/disk"
	if err := waitForFile(disk, time.Minute); err != nil {
		return err
	}
	if err := mountAll(mount{disk, target, "ext4", unix.MS_RELATIME, ""}); err != nil {
		return err
	}
	for _, dir := range []string{"/dev", "/proc", "/sys"} {
		if err := unix.Mount(dir, target+dir, "", unix.MS_MOVE, ""); err != nil {
			return fmt.Errorf("moving %s to the disk: %w", dir, err)
		}
	}
	if err := os.Chdir(target); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("moving the disk over the initramfs: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("changing the root to the disk: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	// As systemd does: mount events travel between namespaces unless someone
	// says otherwise, so that a leak shows here as it would on a real machine.
	return unix.Mount("", "/", "", unix.MS_SHARED|unix.MS_REC, "")
}

// waitForFile waits for a device: drivers probe beside the loading of modules.
func waitForFile(path string, limit time.Duration) error {
	for end := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		_, err := os.Stat(path)
		if err == nil || !errors.Is(err, fs.ErrNotExist) || time.Now().After(end) {
			return err
		}
	}
}

// mountRest mounts what lies in memory on every distribution.
func mountRest() error {
	const safe = unix.MS_NOSUID | unix.MS_NODEV
	err := mountAll(
		mount{"tmpfs", "/run", "tmpfs", safe, "mode=0755"},
		mount{"tmpfs", "/dev/shm", "tmpfs", safe, "mode=1777"},
		mount{"devpts", "/dev/pts", "devpts", unix.MS_NOSUID | unix.MS_NOEXEC, "gid=5,mode=0620,ptmxmode=0666"},
	)
	for link, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		err = errors.Join(err, os.Symlink(to, "/dev/"+link))
	}
	return err
}
