package facts

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// root looks for a process whose paths begin at a directory (proc_pid_root(5)):
//
//	root DIR [parent=DIR] [cmd=REGEXP]
//
// It holds when a process has DIR as its root and, with parent, one whose root
// is that directory has started it; with cmd its command line matches.
func root(_ World, args []string) (Observation, error) {
	q, err := parseWords(args, "root DIR [parent=DIR] [cmd=REGEXP]", 1, "parent", "cmd")
	if err != nil {
		return Observation{}, err
	}
	wanted := matching(q.opt["cmd"]) // "" matches every line
	all, err := processes(func(Process) (bool, error) { return true, nil })
	if err != nil {
		return Observation{}, err
	}
	o := Observation{
		Looked:   "/proc/PID/root of every process",
		Expected: "one whose root is " + q.pos[0],
		Absent:   "none whose root is " + q.pos[0],
		Found:    "every root is /",
	}
	if parent, ok := q.opt["parent"]; ok {
		o.Looked = "/proc/PID/root of every process whose parent's root is " + parent + " or lies in it"
		o.Found = "there is no such process"
		all = startedIn(all, parent)
	}
	var found []string
	for _, p := range all {
		if rootIs(p, q.pos[0]) {
			is, err := wanted(p)
			if err != nil {
				return Observation{}, err
			}
			o.Holds = o.Holds || is
		}
		if _, ok := q.opt["parent"]; ok || !rootIs(p, "/") {
			name, _, _ := strings.Cut(p.Command, " ")
			found = append(found, fmt.Sprintf("%d %s: %s", p.PID, name, rootOf(p)))
		}
	}
	if len(found) > 0 {
		o.Found = strings.Join(found, "; ")
	}
	return o, nil
}

// startedIn returns those of all whose parent has dir as its root, or a folder in
// it: who is locked up can lock up others further down.
func startedIn(all []Process, dir string) []Process {
	inside := map[int]bool{}
	for _, p := range all {
		inside[p.PID] = rootIs(p, dir) || dir != "/" && strings.HasPrefix(rootOf(p), strings.TrimSuffix(dir, "/")+"/")
	}
	var started []Process
	for _, p := range all {
		if inside[p.PPID] {
			started = append(started, p)
		}
	}
	return started
}

// rootIs compares inodes. The path that /proc tells would not do: it is "/" for
// the root of any other mount namespace too.
func rootIs(p Process, dir string) bool {
	var theirs, named unix.Stat_t
	return unix.Stat(fmt.Sprintf("/proc/%d/root", p.PID), &theirs) == nil && unix.Stat(dir, &named) == nil &&
		theirs.Ino == named.Ino && theirs.Dev == named.Dev
}

// rootOf names a process's root for a reader.
func rootOf(p Process) string {
	path, err := os.Readlink(fmt.Sprintf("/proc/%d/root", p.PID))
	if err != nil {
		return "unknown" // it has ended
	}
	return path
}
