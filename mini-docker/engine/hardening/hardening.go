// Package hardening knows Docker's flags that give a container privileges or
// take them away: what they mean, which are refused, and how an OCI runtime is
// told.
//
//	s := hardening.Settings{CapDrop: []string{"ALL"}, Sysctls: …}
//	err := s.Complete()        // when the container is made
//	err = s.Apply(spec, host)  // when it is started
//
// The messages are Docker's where Docker has one. Nothing is done here to any
// process: that is the work of package security, by way of the runtime.
package hardening

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"drydock/mini-docker/runtime"
	"drydock/mini-docker/security"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// Settings are the privileges of a container by the names Docker gives them in
// HostConfig.
type Settings struct {
	CapAdd        []string
	CapDrop       []string
	Privileged    bool
	SecurityOpt   []string // as in Options, a seccomp profile by its text
	MaskedPaths   []string
	ReadonlyPaths []string
	Sysctls       map[string]string
	Ulimits       []Ulimit
	Tmpfs         map[string]string // options by mount point
	Devices       []Device
	GroupAdd      []string
	OomScoreAdj   int
	UsernsMode    string
	ShmSize       int64 // bytes of /dev/shm
}

// Host is what this machine and this user's place on it allow.
type Host struct {
	Guarded     bool // a cgroup keeps the container from the machine's devices
	OwnsDevices bool // this process may make devices: it is in no user namespace

	ReadOnly []string // from ReadOnlyHere, if the container is privileged
}

// UsernsHost and UsernsPrivate are the values of UsernsMode besides "".
const (
	UsernsHost    = "host"
	UsernsPrivate = "private"
)

// shmBytes is Docker's size of /dev/shm.
const shmBytes = 64 << 20

// Complete fills in what goes without saying and refuses what cannot be meant.
func (s *Settings) Complete() error {
	s.MaskedPaths, s.ReadonlyPaths = security.MaskedPaths(), security.ReadonlyPaths()
	if s.Privileged {
		s.MaskedPaths, s.ReadonlyPaths = nil, nil
	}
	if s.ShmSize == 0 {
		s.ShmSize = shmBytes
	}
	if s.ShmSize < 0 {
		return errors.New("SHM size can not be less than 0")
	}
	if s.OomScoreAdj < -1000 || s.OomScoreAdj > 1000 {
		return fmt.Errorf("Invalid value %d, range for oom score adj is [-1000, 1000]", s.OomScoreAdj)
	}
	if _, err := s.capabilities(); err != nil {
		return err
	}
	if _, err := parseOptions(s.SecurityOpt); err != nil {
		return err
	}
	for _, where := range slices.Sorted(maps.Keys(s.Tmpfs)) {
		if _, err := tmpfsMount(where, s.Tmpfs[where]); err != nil {
			return err
		}
	}
	return nil
}

// Apply writes the settings into config.json.
func (s *Settings) Apply(spec *specs.Spec, host Host) error {
	if err := s.applyCapabilities(spec, host); err != nil {
		return err
	}
	if err := s.applyDevices(spec, host); err != nil {
		return err
	}
	options, err := parseOptions(s.SecurityOpt)
	if err != nil {
		return err
	}
	// The profile depends on the capabilities: it comes after them.
	if err := options.apply(spec, s.Privileged); err != nil {
		return err
	}
	if s.Privileged {
		unlock(spec, host.ReadOnly)
	}
	if err := s.checkSysctls(spec); err != nil {
		return err
	}
	spec.Linux.Sysctl = maps.Clone(s.Sysctls)
	maps.DeleteFunc(spec.Linux.Sysctl, func(name, _ string) bool { return runtime.InterfaceSysctl(name) != "" })
	for _, each := range s.Ulimits {
		spec.Process.Rlimits = append(spec.Process.Rlimits, specs.POSIXRlimit{
			Type: "RLIMIT_" + strings.ToUpper(each.Name), Soft: uint64(each.Soft), Hard: uint64(each.Hard),
		})
	}
	if s.OomScoreAdj != 0 {
		score := s.OomScoreAdj
		spec.Process.OOMScoreAdj = &score
	}
	return s.applyTmpfs(spec)
}

// unlock takes the protection from the kernel's file systems, but for what is
// read-only to the engine: not even a privileged container is to have more.
func unlock(spec *specs.Spec, readOnly []string) {
	for i, each := range spec.Mounts {
		if path := each.Destination; path != "/sys" && path != "/sys/fs/cgroup" || slices.Contains(readOnly, path) {
			continue
		}
		spec.Mounts[i].Options = slices.DeleteFunc(slices.Clone(each.Options), func(o string) bool { return o == "ro" })
	}
	for _, path := range readOnly {
		if strings.HasPrefix(path, "/proc/") {
			spec.Linux.ReadonlyPaths = append(spec.Linux.ReadonlyPaths, path)
		}
	}
}

// applyTmpfs adds file systems in memory. What is mounted in a folder comes
// after what is mounted on it.
func (s *Settings) applyTmpfs(spec *specs.Spec) error {
	for where, options := range s.Tmpfs {
		mount, err := tmpfsMount(where, options)
		if err != nil {
			return err
		}
		// One on /dev/shm takes the place of the usual one.
		spec.Mounts = slices.DeleteFunc(spec.Mounts, func(m specs.Mount) bool { return m.Destination == mount.Destination })
		spec.Mounts = append(spec.Mounts, mount)
	}
	if len(s.Tmpfs) > 0 {
		slices.SortStableFunc(spec.Mounts, func(a, b specs.Mount) int { return depth(a.Destination) - depth(b.Destination) })
	}
	return nil
}

// depth is how many folders down a path leads; 0 is the root.
func depth(name string) int {
	if name = path.Clean(name); name == "/" {
		return 0
	}
	return strings.Count(name, "/")
}
