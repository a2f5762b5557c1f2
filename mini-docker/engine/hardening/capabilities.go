package hardening

import (
	"fmt"
	"slices"
	"strings"

	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// allCapabilities stands for every capability in CapAdd and CapDrop.
const allCapabilities = "ALL"

// capabilities are those of the container's root. "All" are those that this
// process could have itself: nobody can give away more.
func (s *Settings) capabilities() ([]string, error) {
	add, err := normalize(s.CapAdd)
	if err != nil {
		return nil, fmt.Errorf("invalid CapAdd: %w", err)
	}
	drop, err := normalize(s.CapDrop)
	if err != nil {
		return nil, fmt.Errorf("invalid CapDrop: %w", err)
	}
	if !s.Privileged && len(add) == 0 && len(drop) == 0 {
		return security.DefaultCapabilities(), nil
	}
	all, err := security.Bounding()
	if err != nil {
		return nil, err
	}
	if s.Privileged {
		return all, nil
	}
	for _, each := range add {
		if each != allCapabilities && !slices.Contains(all, each) {
			return nil, fmt.Errorf("%s cannot be added: this mini-docker does not have it itself", each)
		}
	}
	return choose(add, drop, all), nil
}

// choose follows moby's rules (daemon/pkg/oci/caps, TweakCapabilities): ALL to
// add leaves out what is dropped, ALL to drop leaves what is added.
func choose(add, drop, all []string) []string {
	dropped := func(name string) bool { return slices.Contains(drop, name) }
	switch {
	case slices.Contains(add, allCapabilities):
		return slices.DeleteFunc(all, dropped)
	case dropped(allCapabilities):
		return add
	}
	chosen := slices.DeleteFunc(security.DefaultCapabilities(), dropped)
	for _, each := range add {
		if !slices.Contains(chosen, each) {
			chosen = append(chosen, each)
		}
	}
	return chosen
}

// normalize spells names in full: net_admin is CAP_NET_ADMIN.
func normalize(names []string) ([]string, error) {
	var full []string
	for _, each := range names {
		name := strings.ToUpper(each)
		if name != allCapabilities {
			name = "CAP_" + strings.TrimPrefix(name, "CAP_")
			if !security.IsCapability(name) {
				return nil, fmt.Errorf("unknown capability: %q", each)
			}
		}
		full = append(full, name)
	}
	return full, nil
}

// applyCapabilities gives them to a root process and to what it executes. A
// process of another user loses them when it is executed; none are inheritable,
// so that no file can bring them back. See capabilities(7).
func (s *Settings) applyCapabilities(spec *specs.Spec, host Host) error {
	names, err := s.capabilities()
	if err != nil {
		return err
	}
	// Where no cgroup guards the machine's devices, who can make a device node
	// has the disk.
	if host.OwnsDevices && !host.Guarded && !s.Privileged {
		names = slices.DeleteFunc(names, func(name string) bool { return name == "CAP_MKNOD" })
	}
	spec.Process.Capabilities = &specs.LinuxCapabilities{Bounding: names, Effective: names, Permitted: names}
	return nil
}
