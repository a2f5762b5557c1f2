package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/opencontainers/runtime-spec/specs-go"
	"golang.org/x/sys/unix"
)

// v2 is a group of the unified tree.
type v2 struct {
	top string // the highest group on the way to it that is ours to change
	dir string // the group's directory
}

// newV2 returns the group at path. Of the tree mounted at mount an ordinary
// user may change no more than what was delegated.
func newV2(mount, path string) *v2 {
	top := mount
	own, err := delegated(mount)
	if err == nil && strings.HasPrefix(path, own+"/") {
		top = filepath.Join(mount, own)
	}
	return &v2{top: top, dir: filepath.Join(mount, path)}
}

// delegated is the path of the highest group that this process may change: ""
// is the whole tree. Of an ordinary user's it is the one they were started in,
// or the one above, once evacuate has moved them out of that.
func delegated(mount string) (string, error) {
	if unix.Access(mount, unix.W_OK) == nil {
		return "", nil
	}
	own, err := ownGroup()
	if err != nil {
		return "", err
	}
	if above, inside := strings.CutSuffix(own, "/"+evacuated); inside && mayChange(filepath.Join(mount, above)) {
		return above, nil
	}
	if !mayChange(filepath.Join(mount, own)) {
		return "", fmt.Errorf("%w: the cgroup %s is not yours; "+
			"start with `systemd-run --user --scope -p Delegate=yes` in front", ErrNone, own)
	}
	return own, nil
}

// mayChange says whether this process may make groups below dir and move
// processes between them. See admin-guide/cgroup-v2.rst, Model of Delegation.
func mayChange(dir string) bool {
	return unix.Access(dir, unix.W_OK) == nil && unix.Access(filepath.Join(dir, "cgroup.procs"), unix.W_OK) == nil
}

// ownGroup is the group this process is in, below the top of the tree it sees.
// See cgroups(7), /proc/pid/cgroup.
func ownGroup() (string, error) {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if path, ok := strings.CutPrefix(line, "0::"); ok {
			return strings.TrimSpace(path), nil
		}
	}
	return "", fmt.Errorf("%w: this process is in no cgroup of version 2", ErrNone)
}

// Create implements Group.
func (g *v2) Create(limits *specs.LinuxResources) error {
	return retryGone(func() error {
		if err := g.enableControllers(); err != nil {
			return err
		}
		if err := os.Mkdir(g.dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making the cgroup: %w", err)
		}
		return g.Set(limits)
	})
}

// RemoveParent implements Group.
func (g *v2) RemoveParent() error {
	if filepath.Dir(g.dir) == g.top {
		return nil
	}
	return removeEmpty(filepath.Dir(g.dir))
}

// Everywhere implements Group: there is one tree.
func (g *v2) Everywhere() error { return nil }

// Set implements Group.
func (g *v2) Set(limits *specs.LinuxResources) error {
	if limits == nil {
		return nil
	}
	settings, err := settingsV2(limits)
	if err != nil {
		return err
	}
	if err := writeAll(g.dir, settings); err != nil {
		return err
	}
	return g.setDevices(limits.Devices)
}

// settingsV2 says which files of a group hold which limits. See
// admin-guide/cgroup-v2.rst, Controllers.
func settingsV2(limits *specs.LinuxResources) ([]setting, error) {
	var settings []setting
	set := func(file, value string) { settings = append(settings, setting{file, value}) }

	if m := limits.Memory; m != nil {
		if m.Limit != nil {
			set("memory.max", orMax(*m.Limit))
		}
		if m.Reservation != nil {
			set("memory.low", orMax(*m.Reservation))
		}
		if m.Swap != nil {
			swap, err := swapAlone(m)
			if err != nil {
				return nil, err
			}
			set("memory.swap.max", swap)
		}
	}
	if c := limits.CPU; c != nil {
		if c.Quota != nil || c.Period != nil {
			set("cpu.max", cpuMax(c))
		}
		if c.Shares != nil && *c.Shares != 0 {
			set("cpu.weight", strconv.FormatUint(weightOfShares(*c.Shares), 10))
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
		set("io.weight", "default "+strconv.FormatUint(weightOfBlkio(uint64(*b.Weight)), 10))
	}
	for file, value := range limits.Unified {
		set(file, value)
	}
	return settings, nil
}

// cpuMax is how much CPU time a group gets and in how long, both in microseconds. See
// admin-guide/cgroup-v2.rst, cpu.max.
func cpuMax(c *specs.LinuxCPU) string {
	return orMax(orZero(c.Quota)) + " " + strconv.FormatUint(orDefault(c.Period, 100_000), 10)
}

// swapAlone turns what the specification has, the limit of memory and swap
// together, into what v2 has, the limit of swap.
func swapAlone(m *specs.LinuxMemory) (string, error) {
	if *m.Swap <= 0 {
		return orMax(*m.Swap), nil
	}
	if m.Limit == nil || *m.Limit <= 0 {
		return "", errors.New("a limit of memory and swap together needs a limit of memory")
	}
	if *m.Swap < *m.Limit {
		return "", fmt.Errorf("the limit of memory and swap together (%d bytes) is below that of memory (%d bytes)", *m.Swap, *m.Limit)
	}
	return strconv.FormatInt(*m.Swap-*m.Limit, 10), nil
}

// Add implements Group.
func (g *v2) Add(pid int) error { return write(g.dir, "cgroup.procs", strconv.Itoa(pid)) }

// Spawn implements Group. See clone3(2), CLONE_INTO_CGROUP.
func (g *v2) Spawn(clone func(into *os.File) (int, error)) (int, error) {
	directory, err := os.Open(g.dir)
	if err != nil {
		return 0, err
	}
	defer directory.Close()
	return clone(directory)
}

// Way implements Group.
func (g *v2) Way() (Way, error) {
	directory, err := os.Open(g.dir)
	return Way{Into: directory}, err
}

// orMax writes a number; 0 and less mean that there is no limit.
func orMax(number int64) string {
	if number <= 0 {
		return "max"
	}
	return strconv.FormatInt(number, 10)
}

func orZero(number *int64) int64 {
	if number == nil {
		return 0
	}
	return *number
}

func orDefault(number *uint64, otherwise uint64) uint64 {
	if number == nil || *number == 0 {
		return otherwise
	}
	return *number
}

// weightOfShares maps v1's CPU shares (2 to 262144, 1024 by default) onto v2's
// weights (1 to 10000).
func weightOfShares(shares uint64) uint64 { return 1 + (max(shares, 2)-2)*9999/262142 }

// weightOfBlkio maps v1's block device weights (10 to 1000) onto v2's (1 to
// 10000).
func weightOfBlkio(weight uint64) uint64 { return 1 + (max(weight, 10)-10)*9999/990 }
