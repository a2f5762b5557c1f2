package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// mountPoints are where something is mounted, the last first.
func mountPoints() []string {
	text, _ := os.ReadFile("/proc/self/mountinfo")
	var points []string
	for line := range strings.Lines(string(text)) {
		points = append([]string{strings.Fields(line)[4]}, points...)
	}
	return points
}

// byUnmounting takes away, in a mount namespace of its own, what may cover the
// host.
func byUnmounting(o outsider) error {
	runtime.LockOSThread() // of one thread only
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return err
	}
	for _, point := range mountPoints() {
		for range 3 {
			unix.Unmount(point, unix.MNT_DETACH)
		}
		if _, err := os.Stat(o.Marker); err == nil {
			return nil
		}
	}
	return errHeld
}

// byRemounting makes every mount writable, and writes to the programs: whoever
// started the sandbox compares theirs afterwards.
func byRemounting(outsider) error {
	for _, point := range mountPoints() {
		unix.Mount("", point, "", unix.MS_REMOUNT|unix.MS_BIND, "")
		unix.MountSetattr(unix.AT_FDCWD, point, unix.AT_RECURSIVE, &unix.MountAttr{Attr_clr: unix.MOUNT_ATTR_RDONLY})
	}
	if err := os.WriteFile("/usr/local/bin/program", []byte("replaced"), 0o755); err != nil {
		return err
	}
	return errHeld
}

// settings of the whole machine, below /proc, and devices of it, below /sys.
var (
	settings = []string{
		"sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/kernel/panic", "sys/kernel/randomize_va_space",
		"sys/vm/swappiness", "sys/vm/overcommit_memory", "sys/fs/file-max", "sys/fs/binfmt_misc/register",
		"sysrq-trigger", "kcore", "kmsg", "irq/default_smp_affinity",
	}
	devices = []string{
		"kernel/uevent_helper", "kernel/mm/ksm/run", "kernel/profiling", "power/state", "kernel/kexec_crash_size",
		"module/kernel/parameters/panic", "fs/cgroup/release_agent", "block/vda/queue/scheduler",
	}
)

// bySetting mounts a file system of the kernel's anew, whose files nobody has
// covered or made read-only.
func bySetting(kind string, files []string) error {
	dir, err := os.MkdirTemp("", kind)
	if err == nil {
		err = unix.Mount(kind, dir, kind, 0, "")
	}
	if err != nil {
		return err
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	return openAny(dir, files)
}

func openAny(dir string, files []string) error {
	for _, name := range files {
		file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY, 0)
		if err == nil {
			file.Close()
			fmt.Println(file.Name(), "can be written to")
			return nil
		}
	}
	return errHeld
}

// byFileSystems mounts those that show the whole machine.
func byFileSystems(outsider) error {
	for _, kind := range []string{
		"devtmpfs", "tracefs", "debugfs", "securityfs", "configfs", "pstore", "efivarfs", "ext4", "xfs", "btrfs", "vfat", "nfsd", "binfmt_misc",
	} {
		dir, err := os.MkdirTemp("", kind)
		if err != nil {
			return err
		}
		for _, source := range []string{kind, "/dev/vda", "/dev/sda1"} {
			if unix.Mount(source, dir, kind, 0, "") != nil {
				continue
			}
			// binfmt_misc belongs to the user namespace since Linux 6.7.
			if kind == "binfmt_misc" {
				continue
			}
			fmt.Println(kind, "was mounted")
			return nil
		}
	}
	return errHeld
}

// byControlGroups has the kernel start a program when a group is empty
// (CVE-2022-0492), takes limits off that were set from outside, and looks for the
// groups of others.
func byControlGroups(o outsider) error {
	dir, err := os.MkdirTemp("", "cgroup")
	if err != nil {
		return err
	}
	if unix.Mount("cgroup", dir, "cgroup", 0, "none,name=escape") == nil {
		fmt.Println("a cgroup tree of its own")
		return nil
	}
	tops := []string{"/sys/fs/cgroup"}
	below, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.procs"); err == nil {
		below = nil // one tree: these are groups that were made inside
	}
	for _, file := range below {
		tops = append(tops, filepath.Dir(file))
	}
	limits := []string{"release_agent", "devices.allow"}
	if o.Handed { // what an ordinary user made with their own hands limits nobody but themselves
		limits = append(limits, "memory.limit_in_bytes", "memory.max", "pids.max", "cpu.max", "cpu.cfs_quota_us", "cpuset.cpus")
	}
	for _, top := range tops {
		if openAny(top, limits) == nil {
			return nil
		}
		// Without groups of its own a sandbox has a view, of its user's.
		entries, _ := filepath.Glob(filepath.Join(top, "drydock"))
		if len(entries) > 0 && unix.Access(top, unix.W_OK) == nil {
			return nil
		}
	}
	return errHeld
}
