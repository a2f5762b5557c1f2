package hardening

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"drydock/mini-docker/runtime"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// CheckSysctl refuses a kernel setting that is not a namespace's own: it would
// change the whole machine. See sysctl(8) and namespaces(7).
func CheckSysctl(setting string) error {
	name, _, ok := strings.Cut(setting, "=")
	if !ok || runtime.SysctlNamespace(name) == "" {
		return fmt.Errorf("sysctl '%s' is not allowed", setting)
	}
	return nil
}

// checkSysctls refuses settings of namespaces that are not the container's own.
func (s *Settings) checkSysctls(spec *specs.Spec) error {
	for _, name := range slices.Sorted(maps.Keys(s.Sysctls)) {
		kind := runtime.SysctlNamespace(name)
		if kind == "" {
			return CheckSysctl(name + "=" + s.Sysctls[name])
		}
		isOwn := slices.ContainsFunc(spec.Linux.Namespaces, func(n specs.LinuxNamespace) bool {
			return n.Type == kind && n.Path == ""
		})
		if !isOwn {
			return fmt.Errorf("sysctl %q is not allowed in a %s namespace that is not the container's own", name, kind)
		}
	}
	return nil
}
