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
	top string // where the tree is mounted
	dir string // the group's directory
}

// newV2 returns the group at path. An ordinary user owns no more of the tree
// than what was delegated: the group that this process is in.
func newV2(top, path string) (*v2, error) {
	if unix.Access(top, unix.W_OK) != nil {
		own, err := ownGroup()
		if err != nil {
			return nil, err
		}
		top = filepath.Join(top, own)
		if unix.Access(filepath.Join(top, "cgroup.procs"), unix.W_OK) != nil {
			return nil, fmt.Errorf("%w: the cgroup %s is not yours; "+
				"start with `systemd-run --user --scope -p Delegate=yes` in front", ErrNone, own)
		}
	}
	return &v2{top: top, dir: filepath.Join(top, path)}, nil
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
			set("cpu.max", orMax(orZero(c.Quota))+" "+strconv.FormatUint(orDefault(c.Period, 100_000), 10))
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

// Open implements Birthplace.
func (g *v2) Open() (*os.File, error) { return os.Open(g.dir) }

// enableControllers switches on every controller there is, in each group from
// the top of the tree down to the group's parent: only then have the children
// the files with the limits.
func (g *v2) enableControllers() error {
	below, err := filepath.Rel(g.top, filepath.Dir(g.dir))
	if err != nil {
		return err
	}
	dir := g.top
	for part := range strings.SplitSeq(filepath.Join(".", below), "/") {
		dir = filepath.Join(dir, part)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making the cgroup: %w", err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "cgroup.controllers"))
		if err != nil {
			return err
		}
		if err := enable(dir, strings.Fields(string(text))); err != nil {
			return err
		}
	}
	return nil
}

// enable passes controllers on to the children of a group. A group that does so
// must hold no processes itself (EBUSY); those of the group this program lives
// in are moved to a child first.
func enable(dir string, controllers []string) error {
	for _, controller := range controllers {
		err := write(dir, "cgroup.subtree_control", "+"+controller)
		if errors.Is(err, unix.EBUSY) {
			if err = evacuate(dir); err == nil {
				err = write(dir, "cgroup.subtree_control", "+"+controller)
			}
		}
		// Some controllers are offered and cannot be had, as cpu is while
		// realtime processes run: a limit that needs one says so later.
		if err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOENT) && !errors.Is(err, unix.EOPNOTSUPP) {
			return err
		}
	}
	return nil
}

// evacuate moves the processes of a group into a child named init.
func evacuate(dir string) error {
	child := filepath.Join(dir, "init")
	if err := os.Mkdir(child, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	pids, err := processes(dir)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		err := write(child, "cgroup.procs", strconv.Itoa(pid))
		if err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
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
