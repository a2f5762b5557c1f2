package files

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"drydock/cmd/box/applet"
)

// df shows how full file systems are: those of the files named, or all that
// are mounted and have a size. See df(1), statfs(2).
func df(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "h|human-readable k T|print-type a")
	if !ok {
		return status
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return e.Fail("/proc/self/mounts", err)
	}
	size := func(blocks, unit int64) string {
		if f.Has("h") {
			return Human(blocks * unit)
		}
		return strconv.FormatInt(blocks*unit/1024, 10)
	}
	head := []string{"Filesystem", "Type", "1K-blocks", "Used", "Available", "Use%", "Mounted on"}
	if f.Has("h") {
		head[2] = "Size"
	}
	rows := [][]string{head}
	shown := map[string]bool{}
	for _, m := range mountsOf(string(mounts), names) {
		var st unix.Statfs_t
		if err := unix.Statfs(m[1], &st); err != nil {
			if len(names) > 0 {
				status = e.Fail(m[1], err)
			}
			continue
		}
		if st.Blocks == 0 && len(names) == 0 && !f.Has("a") || shown[m[1]] {
			continue
		}
		shown[m[1]] = true
		used := st.Blocks - st.Bfree
		show := func(blocks uint64) string { return size(int64(blocks), int64(st.Bsize)) }
		rows = append(rows, []string{m[0], m[2], show(st.Blocks), show(used), show(st.Bavail), percent(used, st.Bavail), m[1]})
	}
	if !f.Has("T") {
		for i := range rows {
			rows[i] = append(rows[i][:1:1], rows[i][2:]...)
		}
	}
	e.Out.WriteString(applet.Columns(rows))
	return status
}

// percent is how much is used of what a user can get at: root has a reserve that
// is in neither number. It is rounded up, so that 100% is full.
func percent(used, available uint64) string {
	reach := used + available
	if reach == 0 {
		return "-"
	}
	return fmt.Sprintf("%d%%", (used*100+reach-1)/reach)
}

// mountsOf returns source, target and type of the mounts, or of those on which
// the named files lie.
func mountsOf(table string, names []string) [][3]string {
	var all [][3]string
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > 2 {
			all = append(all, [3]string{f[0], f[1], f[2]})
		}
	}
	if len(names) == 0 {
		return all
	}
	var chosen [][3]string
	for _, name := range names {
		found := [3]string{"-", name, "-"}
		var st, of unix.Stat_t
		if unix.Stat(name, &st) == nil {
			for _, m := range all {
				if unix.Stat(m[1], &of) == nil && of.Dev == st.Dev {
					found = m
				}
			}
		}
		chosen = append(chosen, found)
	}
	return chosen
}

// measure is one run of du.
type measure struct {
	e      *applet.Env
	f      applet.Flags
	depth  int
	seen   map[[2]uint64]bool // files with several names count once
	status int
}

// du sums the blocks that trees take on the disk. See du(1).
func du(e *applet.Env, args []string) int {
	f, names, status, ok := e.Flags(args, "a|all h|human-readable k s|summarize d|max-depth: x")
	if !ok {
		return status
	}
	m := measure{e: e, f: f, seen: map[[2]uint64]bool{}}
	if m.depth, ok = e.Int(f, "d", 1<<30); !ok {
		return applet.Misused
	}
	if f.Has("s") {
		m.depth = 0
	}
	if len(names) == 0 {
		names = []string{"."}
	}
	for _, name := range names {
		m.tree(name, 0)
	}
	return m.status
}

// tree returns the blocks, of 512 bytes, at and below path.
func (m *measure) tree(path string, depth int) int64 {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		m.status = m.e.Fail(path, err)
		return 0
	}
	isDir := typeLetter(st.Mode) == 'd'
	key := [2]uint64{uint64(st.Dev), st.Ino}
	if !isDir && m.seen[key] {
		return 0
	}
	m.seen[key] = true
	blocks := st.Blocks
	if isDir {
		entries, err := os.ReadDir(path)
		if err != nil {
			m.status = m.e.Fail(path, err)
		}
		for _, entry := range entries {
			blocks += m.tree(strings.TrimSuffix(path, "/")+"/"+entry.Name(), depth+1)
		}
	}
	if depth <= m.depth && (isDir || m.f.Has("a") || depth == 0) {
		size := strconv.FormatInt((blocks+1)/2, 10)
		if m.f.Has("h") {
			size = Human(blocks * 512)
		}
		m.e.Out.WriteString(size + "\t" + path + "\n")
	}
	return blocks
}
