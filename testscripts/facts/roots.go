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
// is that directory, or lies in it, has started it; with cmd its command line matches.
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
// it: who is locked up can lock up others further down. It has to be the program which
// the parent is now that has started them: a child from before its parent went in, and
// executed another, was never in there.
func startedIn(all []Process, dir string) []Process {
	inside := map[int]bool{}
	for _, p := range all {
		inside[p.PID] = rootIs(p, dir) || dir != "/" && strings.HasPrefix(rootOf(p), strings.TrimSuffix(dir, "/")+"/")
	}
	var started []Process
	for _, p := range all {
		if inside[p.PPID] && bornAfter(p, p.PPID) {
			started = append(started, p)
		}
	}
	return started
}

// bornAfter says whether a process began after another had begun to run the program
// that it runs now. execve(2) ends all threads but one, so those beside the first were
// started by this program; a program in Go has one from its first moment on. Of a
// program that has none nothing is known, and it is believed. Start times are counted
// in ticks of 10 ms; within one the numbers tell, which the kernel gives out in order.
func bornAfter(p Process, parent int) bool {
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", parent))
	if err != nil {
		return false // it has ended
	}
	born := birth{number(p.Started), p.PID}
	var first *birth
	for _, t := range threads {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/stat", parent, t.Name()))
		if err != nil || number(t.Name()) == parent {
			continue
		}
		if b := (birth{number(started(string(stat))), number(t.Name())}); first == nil || b.before(*first) {
			first = &b
		}
	}
	return first == nil || first.before(born)
}

// birth is when a process or a thread began, and its number.
type birth struct{ tick, id int }

func (b birth) before(other birth) bool {
	return b.tick < other.tick || b.tick == other.tick && b.id < other.id
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
