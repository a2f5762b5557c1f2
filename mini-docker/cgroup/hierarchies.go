package cgroup

import (
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Hierarchy is one of the machine's trees of groups, as the calling process sees
// it.
type Hierarchy struct {
	// Controllers are what the tree limits, as mount(2) takes them: "memory", or
	// "name=systemd" for a tree that limits nothing. None says version 2.
	Controllers []string

	Point string // where it is mounted
	Own   string // the directory there of the group that the process is in
}

// Hierarchies returns the trees that are in use: those of version 1 that are
// mounted, or else the one of version 2, or none. The empty tree of version 2
// beside those of version 1 is none of them. See proc(5), /proc/pid/cgroup.
func (t Trees) Hierarchies() ([]Hierarchy, error) {
	if t.isUnified {
		return []Hierarchy{{Point: t.unified, Own: t.unified}}, nil
	}
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil, err
	}
	return t.hierarchies(string(text)), nil
}

// hierarchies matches lines such as "4:cpu,cpuacct:/group" with what is mounted.
func (t Trees) hierarchies(memberships string) (found []Hierarchy) {
	for line := range strings.Lines(memberships) {
		fields := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(fields) < 3 {
			continue
		}
		controllers, group := strings.Split(fields[1], ","), fields[2]
		tree, isMounted := t.v1[controllers[0]]
		if !isMounted {
			continue
		}
		// A mount may show a part of the tree only: the group is counted from there.
		below, err := filepath.Rel(path.Clean(tree.root), group)
		if err != nil || below == ".." || strings.HasPrefix(below, "../") {
			below = "."
		}
		found = append(found, Hierarchy{controllers, tree.point, path.Join(tree.point, below)})
	}
	return found
}
