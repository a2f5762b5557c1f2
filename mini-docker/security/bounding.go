package security

import (
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"
)

// IsCapability says whether a name, as "CAP_CHOWN", is one of a capability.
func IsCapability(name string) bool {
	_, ok := numberOf[name]
	return ok
}

// CapabilityNames returns all names, each at the number of its bit.
func CapabilityNames() []string {
	names := make([]string, len(numberOf))
	for name, number := range numberOf {
		names[number] = name
	}
	return names
}

// Names are those of all capabilities, sorted.
func Names() []string { return slices.Sorted(maps.Keys(numberOf)) }

// Bounding returns the capabilities in the calling thread's bounding set: no
// process that it starts can have others. See PR_CAPBSET_READ(2const).
func Bounding() ([]string, error) {
	var names []string
	for name, number := range numberOf {
		has, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, uintptr(number), 0, 0, 0)
		if err != nil && err != unix.EINVAL { // EINVAL: this kernel does not have it
			return nil, fmt.Errorf("reading whether %s is in the bounding set: %w", name, err)
		}
		if has == 1 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
