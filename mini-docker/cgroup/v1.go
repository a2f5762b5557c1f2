package cgroup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// v1 is a group of the older interface: one directory in the tree of each
// controller that has something to limit or to measure.
type v1 struct {
	path  string
	trees map[string]tree // by controller
}

// always are the controllers a group needs whatever its limits are: for
// measuring, for the OOM report, for devices and for pausing.
var always = []string{"memory", "cpuacct", "pids", "devices", "freezer"}

// mayChangeV1 says why this process may not make groups. The trees of v1 are not
// for ordinary users: what one of them may do to others cannot be bounded there.
func mayChangeV1(trees map[string]tree) error {
	for _, controller := range always {
		tree, ok := trees[controller]
		if ok && unix.Access(tree.point, unix.W_OK) != nil {
			return fmt.Errorf("%w: this machine has cgroups of version 1, which are root's alone: %s cannot be written", ErrNone, tree.point)
		}
	}
	return nil
}

// dir is the group's directory for one controller.
func (g *v1) dir(controller string) (string, error) {
	tree, ok := g.trees[controller]
	if !ok {
		return "", fmt.Errorf("%w: this machine has no %s controller", ErrNone, controller)
	}
	return filepath.Join(tree.point, g.path), nil
}

// dirs are the group's directories that exist.
func (g *v1) dirs() []string {
	var found []string
	for controller := range g.trees {
		dir, _ := g.dir(controller)
		if isThere(filepath.Join(dir, "cgroup.procs")) {
			found = append(found, dir)
		}
	}
	return found
}

// Create implements Group.
func (g *v1) Create(limits *specs.LinuxResources) error {
	return retryGone(func() error {
		for _, controller := range always {
			if err := g.create(controller); err != nil {
				return err
			}
		}
		return g.Set(limits)
	})
}

// Everywhere implements Group.
func (g *v1) Everywhere() error {
	return retryGone(func() error {
		for controller := range g.trees {
			if err := g.create(controller); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveParent implements Group.
func (g *v1) RemoveParent() error {
	for _, tree := range g.trees {
		parent := filepath.Join(tree.point, filepath.Dir(g.path))
		if parent == tree.point {
			continue
		}
		if err := removeEmpty(parent); err != nil {
			return err
		}
	}
	return nil
}

// create makes the group for one controller. A new cpuset is empty and would
// take no process: it starts with what its parent has.
func (g *v1) create(controller string) error {
	dir, err := g.dir(controller)
	if err != nil {
		return err
	}
	if unix.Mkdir(dir, 0o755) != nil { // mostly only this one is missing
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the cgroup: %w", err)
		}
	}
	if controller != "cpuset" {
		return nil
	}
	return inheritCpuset(g.trees[controller].point, dir)
}

// inheritCpuset fills the empty cpusets on the way from the top of the tree
// down to dir.
func inheritCpuset(top, dir string) error {
	if dir == top || dir == "/" {
		return nil
	}
	if err := inheritCpuset(top, filepath.Dir(dir)); err != nil {
		return err
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		own, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil || strings.TrimSpace(string(own)) != "" {
			return err
		}
		above, err := os.ReadFile(filepath.Join(filepath.Dir(dir), file))
		if err != nil {
			return err
		}
		if err := write(dir, file, strings.TrimSpace(string(above))); err != nil {
			return err
		}
	}
	return nil
}

// Set implements Group.
func (g *v1) Set(limits *specs.LinuxResources) error {
	if limits == nil {
		return nil
	}
	if len(limits.Unified) > 0 {
		return errors.New("linux.resources.unified names files of cgroup v2, and this machine has v1")
	}
	for _, each := range settingsV1(limits) {
		controller, _, _ := strings.Cut(each.file, ".")
		isExtra := !slices.Contains(always, controller)
		if isExtra {
			if err := g.create(controller); err != nil {
				return err
			}
		}
		dir, err := g.dir(controller)
		if err != nil {
			return err
		}
		if err := write(dir, each.file, each.value); err != nil {
			return err
		}
		if isExtra {
			if err := g.adopt(dir); err != nil {
				return err
			}
		}
	}
	if err := g.setMemory(limits.Memory); err != nil {
		return err
	}
	return g.setDevices(limits.Devices)
}

// settingsV1 says which files hold which limits, memory apart. The first word
// of a file's name is its controller. See the kernel's
// admin-guide/cgroup-v1/.
func settingsV1(limits *specs.LinuxResources) []setting {
	var settings []setting
	set := func(file, value string) { settings = append(settings, setting{file, value}) }

	if m := limits.Memory; m != nil {
		if m.Reservation != nil {
			set("memory.soft_limit_in_bytes", orMinusOne(*m.Reservation))
		}
		settings = append(settings, onlyV1(m)...)
	}
	if c := limits.CPU; c != nil {
		if c.Period != nil && *c.Period != 0 {
			set("cpu.cfs_period_us", strconv.FormatUint(*c.Period, 10))
		}
		if c.Quota != nil {
			set("cpu.cfs_quota_us", orMinusOne(*c.Quota))
		}
		if c.Shares != nil && *c.Shares != 0 {
			set("cpu.shares", strconv.FormatUint(*c.Shares, 10))
		}
		if c.Cpus != "" {
			set("cpuset.cpus", c.Cpus)
		}
		if c.Mems != "" {
			set("cpuset.mems", c.Mems)
		}
	}
	if limits.Pids != nil && limits.Pids.Limit != nil {
		set("pids.max", orMax(*limits.Pids.Limit))
	}
	if b := limits.BlockIO; b != nil && b.Weight != nil && *b.Weight != 0 {
		set("blkio.weight", strconv.FormatUint(uint64(*b.Weight), 10))
	}
	return settings
}

// onlyV1 are the settings of memory that version 2 does not have.
func onlyV1(m *specs.LinuxMemory) []setting {
	var settings []setting
	if m.KernelTCP != nil && *m.KernelTCP != 0 {
		settings = append(settings, setting{"memory.kmem.tcp.limit_in_bytes", orMinusOne(*m.KernelTCP)})
	}
	if m.Swappiness != nil {
		settings = append(settings, setting{"memory.swappiness", strconv.FormatUint(*m.Swappiness, 10)})
	}
	if m.DisableOOMKiller != nil {
		disabled := "0"
		if *m.DisableOOMKiller {
			disabled = "1"
		}
		settings = append(settings, setting{"memory.oom_control", disabled})
	}
	return settings
}

// setMemory sets the limits of memory and of memory and swap together. The
// second may never be below the first (EINVAL), so which comes first depends on
// where the limits were before: if one order fails, the other one works.
func (g *v1) setMemory(m *specs.LinuxMemory) error {
	if m == nil || m.Limit == nil && m.Swap == nil {
		return nil
	}
	dir, err := g.dir("memory")
	if err != nil {
		return err
	}
	var settings []setting
	if m.Limit != nil {
		settings = append(settings, setting{"memory.limit_in_bytes", orMinusOne(*m.Limit)})
	}
	if m.Swap != nil {
		settings = append(settings, setting{"memory.memsw.limit_in_bytes", orMinusOne(*m.Swap)})
	}
	err = writeAll(dir, settings)
	if errors.Is(err, unix.EINVAL) && len(settings) == 2 {
		settings[0], settings[1] = settings[1], settings[0]
		err = writeAll(dir, settings)
	}
	return err
}

// setDevices writes the rules of which devices may be opened, in their order:
// a later rule overrides an earlier one. See admin-guide/cgroup-v1/devices.rst.
func (g *v1) setDevices(rules []specs.LinuxDeviceCgroup) error {
	if len(rules) == 0 {
		return nil
	}
	dir, err := g.dir("devices")
	if err != nil {
		return err
	}
	var settings []setting
	for _, rule := range rules {
		file := "devices.deny"
		if rule.Allow {
			file = "devices.allow"
		}
		settings = append(settings, setting{file, deviceText(rule)})
	}
	return writeAll(dir, settings)
}

// Add implements Group.
func (g *v1) Add(pid int) error {
	for _, dir := range g.dirs() {
		if err := write(dir, "cgroup.procs", strconv.Itoa(pid)); err != nil {
			return err
		}
	}
	return nil
}

// orMinusOne writes a number; 0 and less mean that there is no limit.
func orMinusOne(number int64) string {
	if number <= 0 {
		return "-1"
	}
	return strconv.FormatInt(number, 10)
}
