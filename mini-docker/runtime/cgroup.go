package runtime

import (
	"errors"
	"fmt"
	"path"
	"reflect"

	"drydock/mini-docker/cgroup"
	"drydock/mini-docker/rootfs"

	"github.com/opencontainers/runtime-spec/specs-go"
)

// cgroupPath is the place of the container's cgroup: the one config.json names,
// below /mini-docker if it only asks for limits or is to be seen inside, or none. See
// OCI runtime-spec config-linux.md, Control groups.
func (r *Runtime) cgroupPath(id string, spec *specs.Spec) (string, error) {
	name := path.Join("/", spec.Linux.CgroupsPath)
	isUnlimited := name == "/" && spec.Linux.Resources == nil
	if isUnlimited && !showsCgroups(spec) {
		return "", nil
	}
	if name == "/" {
		name = path.Join("/", allContainers, id)
	}
	trees, err := r.cgroups()
	if err != nil {
		return "", err
	}
	place, err := trees.Place(name)
	if isUnlimited && errors.Is(err, cgroup.ErrNone) {
		return "", nil
	}
	return place, err
}

// allContainers is the cgroup above those of containers whose config.json names
// no other.
const allContainers = "mini-docker"

// placeCgroup says where the container's cgroup will be, and which directories
// have to be made above it. It must not be there yet: what is in it would be
// somebody else's, and it would be limited, and killed in the end, with what is
// the container's.
func (r *Runtime) placeCgroup(id string, spec *specs.Spec) (place string, parents []string, err error) {
	place, err = r.cgroupPath(id, spec)
	if err != nil || place == "" {
		return place, nil, err
	}
	trees, err := r.cgroups()
	if err != nil {
		return place, nil, err
	}
	there, parents := trees.Survey(place)
	if there != "" {
		return place, nil, fmt.Errorf("the cgroup %s is there already: "+
			"a container gets one of its own, so name another in linux.cgroupsPath, or remove it", there)
	}
	if path.Base(path.Dir(place)) == allContainers {
		return place, nil, nil // whoever is last removes what is above
	}
	return place, parents, nil
}

// cgroupAt returns the container's cgroup by the path that cgroupPath found, or
// nil if it has none.
func (r *Runtime) cgroupAt(path string) (cgroup.Group, error) {
	if path == "" {
		return nil, nil
	}
	trees, err := r.cgroups()
	if err != nil {
		return nil, err
	}
	return trees.At(path)
}

// withDevices adds to the limits that the container may use the devices every
// container has, which a rule against all others would forbid; what it is given
// besides has rules of its own. Making any node at all
// is allowed: without the right to open it, it is of no use.
func withDevices(spec *specs.Spec) *specs.LinuxResources {
	limits := spec.Linux.Resources
	if limits == nil || len(limits.Devices) == 0 {
		return limits
	}
	number := func(n int64) *int64 { return &n }
	allow := []specs.LinuxDeviceCgroup{
		{Allow: true, Type: "c", Access: "m"}, {Allow: true, Type: "b", Access: "m"},
		{Allow: true, Type: "c", Major: number(136), Access: "rwm"},                 // /dev/pts/*
		{Allow: true, Type: "c", Major: number(5), Minor: number(2), Access: "rwm"}, // /dev/ptmx
		{Allow: true, Type: "c", Major: number(5), Minor: number(1), Access: "rwm"}, // /dev/console
	}
	for _, device := range rootfs.DefaultDevices() {
		allow = append(allow, specs.LinuxDeviceCgroup{
			Allow: true, Type: device.Type, Major: &device.Major, Minor: &device.Minor, Access: "rwm",
		})
	}
	copied := *limits
	copied.Devices = append(append([]specs.LinuxDeviceCgroup{}, limits.Devices...), allow...)
	return &copied
}

// Stats measures what the container uses.
func (r *Runtime) Stats(id string) (cgroup.Stats, error) {
	group, err := r.group(id)
	if err != nil {
		return cgroup.Stats{}, err
	}
	return group.Stats()
}

// Update changes the limits that are given and leaves the others.
func (r *Runtime) Update(id string, limits *specs.LinuxResources) error {
	if err := refuseUnknown("linux.resources", reflect.ValueOf(limits)); err != nil {
		return err
	}
	group, err := r.group(id)
	if err != nil {
		return err
	}
	return group.Set(limits)
}

// Pause stops every process of the container where it stands; Resume lets them
// go on.
func (r *Runtime) Pause(id string) error { return r.freeze(id, true) }

// Resume undoes Pause.
func (r *Runtime) Resume(id string) error { return r.freeze(id, false) }

// Paused says whether the container's processes are stopped. One without a
// cgroup cannot be.
func (r *Runtime) Paused(id string) (bool, error) {
	group, err := r.group(id)
	if errors.Is(err, cgroup.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return group.Frozen()
}

// thaw lets a container die that has been killed: of cgroups of version 1 the
// kernel kills no process that is frozen.
func (r *Runtime) thaw(id string) error {
	if paused, err := r.Paused(id); err != nil || !paused {
		return nil // the cgroup may be gone with the container by now
	}
	return r.Resume(id)
}

func (r *Runtime) freeze(id string, frozen bool) error {
	group, err := r.group(id)
	if err != nil {
		return err
	}
	return group.Freeze(frozen)
}

// group returns the container's cgroup.
func (r *Runtime) group(id string) (cgroup.Group, error) {
	s, err := r.load(id)
	if err != nil {
		return nil, err
	}
	if s.Cgroup == "" {
		return nil, cgroup.ErrNone
	}
	return r.cgroupAt(s.Cgroup)
}
