package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// A world is what a program could leave behind outside of its namespaces: the
// machine's mounts, network interfaces and cgroups.
type world map[string]bool

// look takes stock.
func look() world {
	w := world{}
	mounts, _ := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		// mountinfo's fifth field is the mount point (proc_pid_mountinfo(5)).
		if fields := strings.Fields(line); len(fields) > 4 {
			w["mount "+fields[4]] = true
		}
	}
	links, _ := os.ReadDir("/sys/class/net")
	for _, l := range links {
		w["interface "+l.Name()] = true
	}
	filepath.WalkDir(cgroupRoot, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			w["cgroup "+strings.TrimPrefix(path, cgroupRoot)] = true
		}
		return nil // a cgroup may go while we look
	})
	return w
}

// since names what is there now and was not before.
func (before world) since() []string {
	var all []string
	for thing := range look() {
		if !before[thing] {
			all = append(all, thing)
		}
	}
	slices.Sort(all)
	return all
}

// cleanUp waits until the kernel has put away what died with the program (it
// does so for network namespaces in a queue of its own), removes the cgroups
// that are left, and names everything that ought not to be there any more.
func cleanUp(before world) []string {
	var left []string
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		for _, thing := range slices.Backward(before.since()) { // children before their parents
			if isOwn(thing) {
				os.Remove(cgroupRoot + strings.TrimPrefix(thing, "cgroup "))
			}
		}
		if left = before.since(); len(left) == 0 {
			return nil
		}
	}
	for _, thing := range slices.Backward(left) {
		if dir, ok := strings.CutPrefix(thing, "cgroup "); ok {
			os.Remove(cgroupRoot + dir)
		}
	}
	return slices.DeleteFunc(left, isOwn)
}

// isOwn tells whether a thing is the cgroup that we gave a program, or the one
// in it that the program moved to. A program that makes cgroups below its own
// has to make room first (cgroup v2, "No Internal Process Constraint"), and
// ours moves into a child named init. It cannot remove where it lives.
func isOwn(thing string) bool {
	dir := cgroupRoot + strings.TrimPrefix(thing, "cgroup ")
	for filepath.Base(dir) == "init" {
		dir = filepath.Dir(dir)
	}
	return dir == rootScope || dir == userScope
}
