package guest

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// mounts are the file systems of a sandbox beside its root. Those that are
// optional are left out where the kernel refuses them.
func (g *guest) mounts() []mount {
	// As the real root the whole machine's devices could be set through /sys. A
	// user namespace has no such power, and there a mount that is read-only
	// would keep nested containers from mounting theirs writable: see
	// mount_namespaces(7), Restrictions on mount namespaces.
	access := "ro"
	if g.config.UserNS {
		access = "rw"
	}
	return []mount{
		{"/proc", "proc", "nosuid,noexec,nodev", false},
		{"/sys", "sysfs", "nosuid,noexec,nodev," + access, true},
		{"/dev", "tmpfs", "nosuid,mode=0755", false},
		{"/dev/pts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620", false},
		{"/dev/shm", "tmpfs", "nosuid,nodev,mode=1777", false},
		{"/dev/mqueue", "mqueue", "nosuid,noexec,nodev", true},
		{StateDir, "tmpfs", "mode=0700", false},
	}
}

// mount is one file system to be mounted.
type mount struct {
	target, kind, options string
	optional              bool
}

// buildRoot makes the root file system over the mount point.
func (g *guest) buildRoot(base *os.File) error {
	if err := rootfs.Isolate(); err != nil {
		return err
	}
	err := rootfs.MountRoot(g.config.MountPoint, &specs.Mount{
		Type: "tmpfs", Source: "tmpfs", Options: []string{"mode=0755"},
	})
	if err != nil {
		return fmt.Errorf("%w: %w: the kernel must be built with CONFIG_TMPFS", ErrNoTmpfs, err)
	}
	if err := copyTree(g.config.MountPoint, base); err != nil {
		return err
	}
	root, err := rootfs.Open(g.config.MountPoint)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := g.mountAll(root); err != nil {
		return err
	}
	if err := g.mountCgroups(root); err != nil {
		return err
	}
	if err := root.Devices(rootfs.DefaultDevices()); err != nil {
		return err
	}
	if err := g.bindAll(root); err != nil {
		return err
	}
	return writeFiles(g.config.MountPoint, g.config.Hostname)
}

// mountAll mounts the file systems of the kernel.
func (g *guest) mountAll(root *rootfs.Root) error {
	for _, each := range g.mounts() {
		err := root.Mount(specs.Mount{
			Destination: each.target, Type: each.kind, Source: each.kind,
			Options: strings.Split(each.options, ","),
		})
		switch {
		case err == nil:
		case each.kind == "proc" && errors.Is(err, unix.EPERM):
			return fmt.Errorf("%w: %w: %s", ErrProcRefused, err, procAdvice)
		case each.optional:
			g.refused = append(g.refused, err.Error())
		default:
			return err
		}
	}
	if g.config.UserNS {
		g.coverState()
		return nil // see protect
	}
	return protect(root)
}

// procAdvice is what can be done when proc cannot be mounted. A user namespace
// gets a fresh /proc only while a whole one is visible outside: otherwise the
// fresh one would show what was hidden. See mount_too_revealing in the kernel's
// fs/namespace.c.
const procAdvice = "parts of the /proc outside are masked, as in a docker container: " +
	"start that container with `--security-opt systempaths=unconfined` or `--privileged`, " +
	"or work outside of it"

// wholeProc is a second /proc, all of it writable. See protect.
const wholeProc = "/dev/.proc"

// protect makes read-only what no namespace covers and root could set for the
// whole machine. /proc/sys/net belongs to the sandbox's own network.
//
// A container in the sandbox that has a user namespace could then mount no
// fresh /proc any more, see procAdvice: somewhere a whole one must be visible.
// It lies where nobody changes it by accident.
//
// In a user namespace none of it is needed: the files belong to the host's
// root, which nobody in there is.
func protect(root *rootfs.Root) error {
	err := root.Mount(specs.Mount{
		Destination: wholeProc, Type: "proc", Source: "proc",
		Options: []string{"nosuid", "noexec", "nodev"},
	})
	if err != nil {
		return err
	}
	paths := []string{"/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi"}
	entries, err := os.ReadDir("/proc/sys")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() != "net" {
			paths = append(paths, "/proc/sys/"+entry.Name())
		}
	}
	return root.ReadOnlyPaths(paths)
}

// bindAll shows what of the host the sandbox is to see.
func (g *guest) bindAll(root *rootfs.Root) error {
	for _, bind := range g.config.Binds {
		err := root.Mount(specs.Mount{
			Source: bind.Source, Destination: bind.Target,
			Options: []string{"rbind", "nosuid", "nodev"},
		})
		if err == nil && bind.ReadOnly {
			err = readOnly(root, bind.Target)
		}
		if err != nil {
			return fmt.Errorf("showing %s of the host: %w", bind.Source, err)
		}
	}
	return nil
}

// readOnly makes the bind at target read-only, with everything that is mounted
// below it: a remount would only reach the topmost. Needs Linux 5.12. See
// mount_setattr(2).
func readOnly(root *rootfs.Root, target string) error {
	mounted, err := root.OpenPath(target, unix.O_PATH)
	if err != nil {
		return err
	}
	defer mounted.Close()
	attributes := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
	err = unix.MountSetattr(int(mounted.Fd()), "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, attributes)
	if err != nil {
		return fmt.Errorf("making it read-only: %w", err)
	}
	return nil
}
