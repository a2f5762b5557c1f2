package endpoint

import (
	"fmt"
	"maps"
	"slices"

	"drydock/mini-docker/network"
	"drydock/mini-docker/runtime"
)

// setSysctls writes the kernel settings of a container's network interfaces, which the
// runtime could not: they are there only now, if it is on a network.
func setSysctls(settings map[string]string, pid int, connected bool) error {
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		file := runtime.InterfaceSysctl(name)
		if file == "" {
			continue
		}
		if !connected {
			return fmt.Errorf("setting %s: the container is on no network and has no such interface", name)
		}
		inside, err := network.OpenNamespace(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil {
			return err
		}
		err = inside.SetSysctl(file, settings[name])
		inside.Close()
		if err != nil {
			return fmt.Errorf("setting %s to %q: %w", name, settings[name], err)
		}
	}
	return nil
}
