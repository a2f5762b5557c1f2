package see

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"drydock/testscripts/facts"
)

// file reads a file of /proc/PID; "" when it is not there any more.
func file(pid int, name string) string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		return ""
	}
	return string(text)
}

// hostnameOf returns the host name that a process has, "" where it may not be
// asked: /proc shows only the reader's own, so the look joins the namespace.
func hostnameOf(pid int) string {
	if pid == selfPID() {
		name, _ := os.Hostname()
		return name
	}
	seen, err := facts.Looks()["hostname"](facts.World{}, []string{".*", fmt.Sprintf("in=%d", pid)})
	if err != nil {
		return ""
	}
	return seen.Found
}

// idMapOf reads /proc/PID/uid_map: inside, outside (as the reader counts), how
// many.
func idMapOf(pid int) []IDRange {
	ranges := []IDRange{}
	for line := range strings.Lines(file(pid, "uid_map")) {
		var r IDRange
		if n, _ := fmt.Sscan(line, &r.Inside, &r.Outside, &r.Size); n == 3 {
			ranges = append(ranges, r)
		}
	}
	return ranges
}

// rootOf names a process's root directory by device and inode, or, where that
// may not be looked at, by what is mounted there.
func rootOf(pid int) string {
	var stat syscall.Stat_t
	if syscall.Stat(fmt.Sprintf("/proc/%d/root/.", pid), &stat) == nil {
		return fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
	}
	for _, m := range facts.ParseMounts(file(pid, "mountinfo")) {
		if m.Target == "/" {
			return m.Device + m.Root
		}
	}
	return ""
}

// readMounts reads the mount table of each mount namespace, once, and keeps
// what is not in the table it was copied from.
func (s *Scene) readMounts(self Process) {
	// Each table is needed twice: as its own, and as what another was copied from.
	tables := map[uint64][]facts.Mount{}
	for id, p := range s.doors("mnt", self) {
		tables[id] = facts.ParseMounts(file(p.PID, "mountinfo"))
	}
	for id, table := range tables {
		ns := MountNamespace{Namespace: id}
		above, known := tables[s.Here["mnt"]]
		if parent, ok := s.Parent(s.Opener("mnt", id)); ok && parent.Namespaces["mnt"] != 0 {
			above, known = tables[parent.Namespaces["mnt"]], true
		}
		switch {
		case id == s.Here["mnt"]:
			above = nil
		case !known: // what it was copied from may not be read, so neither can this be told
			continue
		}
		var own []facts.Mount
		own, ns.Lost = without(table, above)
		for _, m := range own {
			ns.Mounts = append(ns.Mounts, withLayers(m))
		}
		s.Mounts = append(s.Mounts, ns)
	}
	slices.SortFunc(s.Mounts, func(a, b MountNamespace) int { return order(a.Namespace, b.Namespace) })
}

// without returns the mounts of table that are not in above, in their order,
// and how many of above are not in table. Propagation and options do not
// count: a copied namespace has other peers.
func without(table, above []facts.Mount) (own []facts.Mount, lost int) {
	key := func(m facts.Mount) string { return m.Device + " " + m.Root + " " + m.Target }
	left := map[string]int{}
	for _, m := range above {
		left[key(m)]++
	}
	for _, m := range table {
		if left[key(m)] > 0 {
			left[key(m)]--
			continue
		}
		own = append(own, m)
	}
	for _, n := range left {
		lost += n
	}
	return own, lost
}

// withLayers reads an overlay's directories from its options: lowerdir=A:B or,
// from the newer system calls, several lowerdir+=A (overlayfs.rst). A colon
// in a path is written \:.
func withLayers(m facts.Mount) Mount {
	mount := Mount{Mount: m}
	if m.Type != "overlay" {
		return mount
	}
	for _, option := range m.Options {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "lowerdir", "lowerdir+":
			// For the newer form the kernel shows "lowerdir+=A".
			for _, dir := range strings.Split(strings.ReplaceAll(value, `\:`, "\x00"), ":") {
				if dir = strings.ReplaceAll(dir, "\x00", ":"); dir != "" {
					mount.Lower = append(mount.Lower, dir)
				}
			}
		case "upperdir":
			mount.Upper = value
		case "workdir":
			mount.Work = value
		}
	}
	return mount
}
