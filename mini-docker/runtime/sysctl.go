package runtime

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// SysctlNamespace says which namespace a kernel setting belongs to; "" is none:
// the setting is the whole machine's. See namespaces(7) and sysctl(8).
func SysctlNamespace(name string) specs.LinuxNamespaceType {
	file := sysctlFile(name)
	switch {
	case path.Clean(file) != file || path.IsAbs(file):
		return "" // it would lead elsewhere
	case strings.HasPrefix(file, "net/"):
		return specs.NetworkNamespace
	case strings.HasPrefix(file, "fs/mqueue/"):
		return specs.IPCNamespace
	}
	switch file {
	case "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall",
		"kernel/shmmax", "kernel/shmmni", "kernel/shm_rmid_forced":
		return specs.IPCNamespace
	case "kernel/domainname":
		return specs.UTSNamespace
	}
	return ""
}

// InterfaceSysctl returns the file below /proc/sys of a setting of one network interface,
// as net.ipv4.conf.eth0.forwarding is, or "". It is there as soon as the interface is.
func InterfaceSysctl(name string) (file string) {
	parts := strings.Split(sysctlFile(name), "/")
	if len(parts) != 5 || parts[0] != "net" || parts[2] != "conf" && parts[2] != "neigh" {
		return ""
	}
	if slices.Contains([]string{"all", "default", "lo"}, parts[3]) {
		return ""
	}
	return strings.Join(parts, "/")
}

// sysctlFile is the file of a setting in /proc/sys. Where the first sign that
// separates is a dot, dots and slashes have changed places, so that an interface
// named eth0.1 can be written as eth0/1. See sysctl.d(5).
func sysctlFile(name string) string {
	if first := strings.IndexAny(name, "./"); first < 0 || name[first] == '/' {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}, name)
}

// checkSysctls refuses settings of namespaces that are not the container's own:
// they would change the machine, or other containers.
func checkSysctls(linux *specs.Linux) error {
	for _, name := range slices.Sorted(maps.Keys(linux.Sysctl)) {
		kind := SysctlNamespace(name)
		if kind == "" {
			return fmt.Errorf("linux.sysctl: %q is not a setting of a namespace: it would change the whole machine", name)
		}
		if !isOwn(linux, kind) {
			return fmt.Errorf("linux.sysctl: %q needs a %s namespace of the container's own: it would change the machine's", name, kind)
		}
	}
	return nil
}

// setSysctls writes the kernel settings that belong to the container's own
// namespaces, before /proc/sys becomes read-only. See OCI runtime-spec
// config-linux.md, Sysctl.
func setSysctls(root *rootfs.Root, settings map[string]string) error {
	if len(settings) == 0 {
		return nil
	}
	proc, err := root.OpenPath("/proc", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return fmt.Errorf("opening /proc for the sysctls: %w", err)
	}
	defer proc.Close()
	for name, value := range settings {
		if err := writeProc(proc, "sys/"+sysctlFile(name), value); err != nil {
			return fmt.Errorf("setting %s to %q: %w", name, value, err)
		}
	}
	return nil
}
