package bundle

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// mounts are what stands in every container besides its image. See moby,
// daemon/pkg/oci/defaults.go, and OCI runtime-spec config-linux.md, Default
// Filesystems.
func mounts(r Request) []specs.Mount {
	list := []specs.Mount{
		procMount(r),
		{Destination: "/dev", Type: "tmpfs", Source: "tmpfs",
			Options: []string{"nosuid", "strictatime", "mode=755", "size=65536k"}},
		{Destination: "/dev/pts", Type: "devpts", Source: "devpts", Options: devptsOptions(r.Host)},
		sysMount(r),
	}
	if r.Host.Cgroup2 {
		// The cgroup namespace makes the container's own group the root here.
		list = append(list, specs.Mount{Destination: "/sys/fs/cgroup", Type: "cgroup2", Source: "cgroup",
			Options: []string{"nosuid", "noexec", "nodev", "relatime", "ro"}})
	}
	return append(append(list, ipcMounts(r)...), fileMounts(r)...)
}

// procMount shows the processes of the container's PID namespace. A user
// namespace may mount proc only for a PID namespace that is its own; for another
// one it gets the host's view, bound.
func procMount(r Request) specs.Mount {
	if r.Host.NewUser && r.Namespaces[specs.PIDNamespace].Host {
		return hostTree("/proc")
	}
	return specs.Mount{Destination: "/proc", Type: "proc", Source: "proc",
		Options: []string{"nosuid", "noexec", "nodev"}}
}

// sysMount shows the kernel's devices and, in /sys/class/net, the interfaces of
// the network namespace the mount is made in; the rule for user namespaces is
// as for proc.
func sysMount(r Request) specs.Mount {
	if r.Host.NewUser && r.Namespaces[specs.NetworkNamespace].Host {
		return hostTree("/sys", "ro")
	}
	return specs.Mount{Destination: "/sys", Type: "sysfs", Source: "sysfs",
		Options: []string{"nosuid", "noexec", "nodev", "ro"}}
}

// hostTree binds a tree of the host with all that is mounted in it: in a user
// namespace the kernel refuses to show what other mounts cover.
func hostTree(dir string, options ...string) specs.Mount {
	return specs.Mount{Destination: dir, Type: "bind", Source: dir,
		Options: append([]string{"rbind", "nosuid", "noexec", "nodev"}, options...)}
}

// devptsOptions give the container terminals of its own (newinstance). Group 5
// is tty by custom: its members may write(1) to each other. A user namespace
// that does not map it must do without.
func devptsOptions(host Host) []string {
	options := []string{"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"}
	const tty = 5
	if host.HasGroup(tty) {
		options = append(options, fmt.Sprintf("gid=%d", tty))
	}
	return options
}

// ipcMounts are the two kinds of inter-process communication that are files.
// With the host's IPC namespace they are the host's, and shared memory is another
// container's with its namespace.
func ipcMounts(r Request) []specs.Mount {
	options := []string{"nosuid", "noexec", "nodev"}
	joined := r.Namespaces[specs.IPCNamespace]
	shm := specs.Mount{Destination: "/dev/shm", Type: "bind", Source: "/dev/shm", Options: append([]string{"rbind"}, options...)}
	queues := specs.Mount{Destination: "/dev/mqueue", Type: "mqueue", Source: "mqueue", Options: options}
	switch process, ok := strings.CutSuffix(joined.Path, "/ns/ipc"); {
	case joined.Host:
		return []specs.Mount{shm}
	case ok:
		shm.Source = process + "/root/dev/shm"
	default:
		shm.Type, shm.Source = "tmpfs", "shm"
		shm.Options = append(slices.Clone(options), "mode=1777", fmt.Sprintf("size=%d", r.ShmBytes))
	}
	return []specs.Mount{queues, shm}
}

// fileMounts are the three files of /etc that depend on the network and not on
// the image.
func fileMounts(r Request) []specs.Mount {
	var list []specs.Mount
	for _, each := range [][2]string{
		{"/etc/resolv.conf", r.ResolvConfFile},
		{"/etc/hostname", r.HostnameFile},
		{"/etc/hosts", r.HostsFile},
	} {
		if each[1] != "" {
			list = append(list, specs.Mount{Destination: each[0], Type: "bind", Source: each[1],
				Options: []string{"bind"}})
		}
	}
	return list
}
