package runtime

import (
	"fmt"
	"strings"

	"drydock/mini-docker/rootfs"

	"golang.org/x/sys/unix"
)

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
		if err := writeProc(proc, "sys/"+strings.ReplaceAll(name, ".", "/"), value); err != nil {
			return fmt.Errorf("setting %s to %q: %w", name, value, err)
		}
	}
	return nil
}
