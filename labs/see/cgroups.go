package see

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"drydock/testscripts/facts"
)

// cgroupOf returns the group that limits a process, as this process counts
// paths (cgroups(7)). In v2 there is one, on the line `0::PATH`; in v1 one for
// each controller, and the one that limits memory speaks for all.
func cgroupOf(pid int) string {
	unified := ""
	for line := range strings.Lines(file(pid, "cgroup")) {
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, path, _ := strings.Cut(rest, ":")
		if slices.Contains(strings.Split(controllers, ","), "memory") {
			return path
		}
		if controllers == "" {
			unified = path
		}
	}
	return unified
}

// cgroupsOf reads what the processes' groups use and may use.
func cgroupsOf(processes []Process) []Cgroup {
	trees := findTrees()
	read := map[string]bool{}
	groups := []Cgroup{}
	for _, p := range processes {
		if p.Cgroup == "" || read[p.Cgroup] {
			continue
		}
		read[p.Cgroup] = true
		groups = append(groups, trees.read(p.Cgroup))
	}
	slices.SortFunc(groups, func(a, b Cgroup) int { return strings.Compare(a.Path, b.Path) })
	return groups
}

// tree is a mounted cgroup tree: root is which directory of it is mounted.
type tree struct{ target, root string }

// trees are the mounted trees by controller; that of v2 is "".
type trees map[string]tree

// findTrees finds where the trees are mounted here. In a sandbox that may be
// none of them, or v2 alone without the controllers, which v1 has.
func findTrees() trees {
	found := trees{}
	for _, m := range facts.ParseMounts(file(os.Getpid(), "mountinfo")) {
		switch m.Type {
		case "cgroup2":
			found[""] = tree{m.Target, m.Root}
		case "cgroup":
			for _, option := range m.Options {
				if option == "memory" || option == "pids" {
					found[option] = tree{m.Target, m.Root}
				}
			}
		}
	}
	return found
}

// read reads one group. The names of the files are those of v2, then of v1.
func (t trees) read(path string) Cgroup {
	g := Cgroup{Path: path}
	if amount, ok := t.amount("memory", path, "memory.current", "memory.usage_in_bytes"); ok {
		g.MemoryBytes = &amount
		g.MemoryMaxBytes, _ = t.amount("memory", path, "memory.max", "memory.limit_in_bytes")
	}
	if amount, ok := t.amount("pids", path, "pids.current", "pids.current"); ok {
		g.Tasks = &amount
		g.TasksMax, _ = t.amount("pids", path, "pids.max", "pids.max")
	}
	return g
}

// amount reads a number of a group; 0 when it is "max", or so large that v1
// means the same by it.
func (t trees) amount(controller, path, v2, v1 string) (uint64, bool) {
	name := v1
	tree, ok := t[controller]
	if !ok {
		name = v2
		if tree, ok = t[""]; !ok {
			return 0, false
		}
	}
	// What is outside of our cgroup namespace, /../other, or not in the part of
	// the tree that is mounted, cannot be read.
	below, err := filepath.Rel(tree.root, path)
	if err != nil || strings.HasPrefix(path, "/..") || strings.HasPrefix(below, "..") {
		return 0, false
	}
	text, err := os.ReadFile(filepath.Join(tree.target, below, name))
	if err != nil {
		return 0, false
	}
	word := strings.TrimSpace(string(text))
	if word == "max" {
		return 0, true
	}
	n, err := strconv.ParseUint(word, 10, 64)
	const unlimited = 1 << 62
	if n > unlimited {
		n = 0
	}
	return n, err == nil
}
