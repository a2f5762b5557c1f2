package guest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// mounts are the file systems of a sandbox beside its root. Those that are
// optional are left out where the kernel refuses them.
//
// None is read-only: the kernel heeds that nobody inside is the host's root, and
// a restricted one would keep nested containers from mounting theirs: see
// mount_namespaces(7), Restrictions on mount namespaces.
func mounts() []mount {
	return []mount{
		{"/proc", "proc", "nosuid,noexec,nodev", false},
		{"/sys", "sysfs", "nosuid,noexec,nodev", true},
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
func (g *guest) buildRoot() error {
	if err := rootfs.Isolate(); err != nil {
		return err
	}
	if err := mountMemory(g.config.MountPoint); err != nil {
		return fmt.Errorf("%w: %w: the kernel must be built with CONFIG_TMPFS", ErrNoTmpfs, err)
	}
	if err := g.copyIn(); err != nil {
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
	if err := writeFiles(g.config.MountPoint, g.config.Hostname); err != nil {
		return err
	}
	return g.showLent()
}

// mountMemory mounts the root, a file system in memory. Large files, which are
// programs, lie there in large pages where the kernel has them: they are copied in
// half of the time, and started. See huge= in tmpfs(5).
func mountMemory(dir string) error {
	memory := specs.Mount{Type: "tmpfs", Source: "tmpfs", Options: []string{"mode=0755", "huge=within_size"}}
	err := rootfs.MountRoot(dir, &memory)
	if errors.Is(err, unix.EINVAL) {
		memory.Options = memory.Options[:1]
		err = rootfs.MountRoot(dir, &memory)
	}
	return err
}

// showLent mounts what is lent, all at once: each mount of the tree is locked in
// its place, so that one alone cannot be taken along (EINVAL).
func (g *guest) showLent() error {
	if g.config.Lent == "" {
		return nil
	}
	target := filepath.Join(g.config.MountPoint, LentDir)
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(g.config.Lent, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("mounting what the host lends: %w", err)
	}
	return nil
}

// mountAll mounts the file systems of the kernel.
func (g *guest) mountAll(root *rootfs.Root) error {
	for _, each := range mounts() {
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
	g.coverState()
	return nil
}

// procAdvice is what can be done when proc cannot be mounted. A user namespace
// gets a fresh /proc only while a whole one is visible outside: otherwise the
// fresh one would show what was hidden. See mount_too_revealing in the kernel's
// fs/namespace.c.
const procAdvice = "parts of the /proc outside are masked, as in a docker container: " +
	"start that container with `--security-opt systempaths=unconfined` or `--privileged`, " +
	"or work outside of it"
