package security

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// Available leaves of the sets those capabilities that this kernel can give: those
// it knows and, for the ambient set, those that are in the permitted and in the
// inheritable set as well. What is left out is named, sorted: as the
// specification has it, it is to be warned of and no error. See OCI runtime-spec
// config.md, capabilities, and capabilities(7), Ambient.
func Available(c *specs.LinuxCapabilities) (available *specs.LinuxCapabilities, unknown, notAmbient []string) {
	if c == nil {
		return nil, nil, nil
	}
	left := map[string]bool{}
	known := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
			if isKnown(name) {
				return false
			}
			left[name] = true
			return true
		})
	}
	available = &specs.LinuxCapabilities{
		Bounding: known(c.Bounding), Effective: known(c.Effective), Permitted: known(c.Permitted),
		Inheritable: known(c.Inheritable), Ambient: known(c.Ambient),
	}
	available.Ambient = slices.DeleteFunc(available.Ambient, func(name string) bool {
		if contains(c.Permitted, name) && contains(c.Inheritable, name) {
			return false
		}
		notAmbient = append(notAmbient, name)
		return true
	})
	slices.Sort(notAmbient)
	return available, slices.Sorted(maps.Keys(left)), notAmbient
}

// isKnown asks the kernel whether it has a capability. See PR_CAPBSET_READ(2const).
func isKnown(name string) bool {
	number, ok := numberOf[strings.ToUpper(name)]
	if !ok {
		return false
	}
	_, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(number), 0, 0, 0)
	return err != unix.EINVAL
}

func contains(names []string, name string) bool {
	return slices.ContainsFunc(names, func(each string) bool { return strings.EqualFold(each, name) })
}
