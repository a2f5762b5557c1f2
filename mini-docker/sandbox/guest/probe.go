package guest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"drydock/mini-docker/namespace"
	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

// Finding is one thing that a machine can do or cannot.
type Finding struct {
	Name   string
	OK     bool
	Detail string // what was seen
	Fix    string // what to do if it is not OK
}

// Probe tries, in the namespaces that a sandbox would have, what is needed
// inside. mountPoint is a directory to mount over, scratch the descriptor of one
// on a disk or -1.
func Probe(mountPoint string, scratch int) []Finding {
	p := prober{dir: mountPoint, scratch: scratch}
	return []Finding{
		p.try("tmpfs", p.tmpfs, "use a kernel with CONFIG_TMPFS"),
		p.try("overlay", p.overlay, "load it with `sudo modprobe overlay`; as an ordinary user it needs Linux 5.11, and a cache directory on a disk before Linux 6.6"),
		p.try("proc", p.mount("proc"), procAdvice),
		p.try("sysfs", p.mount("sysfs"), procAdvice),
		p.try("devpts", p.mount("devpts"), "use a kernel with CONFIG_UNIX98_PTYS"),
		p.try("mqueue", p.mount("mqueue"), "use a kernel with CONFIG_POSIX_MQUEUE"),
		p.try("loopback", namespace.LoopbackUp, "use a kernel with CONFIG_NET_NS and CONFIG_INET"),
		p.try("cgroup2", p.cgroup2, "boot with `systemd.unified_cgroup_hierarchy=1`, or do without limits"),
	}
}

type prober struct {
	dir     string
	scratch int
}

func (p prober) try(name string, try func() error, fix string) Finding {
	if err := try(); err != nil {
		return Finding{Name: name, Detail: err.Error(), Fix: fix}
	}
	return Finding{Name: name, OK: true, Detail: "works inside a sandbox"}
}

// tmpfs mounts the file system that the other attempts work on, too.
func (p prober) tmpfs() error {
	if err := rootfs.Isolate(); err != nil {
		return err
	}
	return unix.Mount("tmpfs", p.dir, "tmpfs", 0, "mode=0755")
}

// mount returns the attempt to mount a file system of a kind.
func (p prober) mount(kind string) func() error {
	return func() error {
		target := filepath.Join(p.dir, kind)
		if err := os.Mkdir(target, 0o755); err != nil {
			return err
		}
		return unix.Mount(kind, target, kind, unix.MS_NOSUID|unix.MS_NOEXEC, "")
	}
}

// cgroup2 mounts version 2 as it is seen inside.
func (p prober) cgroup2() error {
	if err := enterCgroupNamespace(); err != nil {
		return err
	}
	return p.mount("cgroup2")()
}

// overlay mounts one with its upper directory where mini-docker's state is
// inside, and removes from it a directory of the layer below and makes that
// anew: the first leaves a whiteout, the second a mark that the new one is
// opaque, which not every upper file system can hold.
func (p prober) overlay() error {
	state := filepath.Join(p.dir, "state")
	if err := os.Mkdir(state, 0o755); err != nil {
		return err
	}
	if err := coverState(state, p.scratch); err != nil {
		return err
	}
	for _, dir := range []string{"lower/dir", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(state, dir), 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work,userxattr", state)
	merged := filepath.Join(state, "merged")
	if err := unix.Mount("overlay", merged, "overlay", 0, options); err != nil {
		if errors.Is(err, unix.ENODEV) {
			return fmt.Errorf("this kernel has no overlay: %w", err)
		}
		return fmt.Errorf("mounting: %w", err)
	}
	if err := os.Remove(filepath.Join(merged, "dir")); err != nil {
		return fmt.Errorf("removing a directory of a lower layer: %w", err)
	}
	if err := os.Mkdir(filepath.Join(merged, "dir"), 0o755); err != nil {
		return fmt.Errorf("replacing a directory of a lower layer: %w", err)
	}
	return nil
}
