package see

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"drydock/mini-docker/security"
	"drydock/testscripts/facts"
)

// An Aspect is one thing that two processes are compared in. What both have is
// only counted.
type Aspect struct {
	What string   `json:"what"`
	A    []string `json:"a"`    // what the first has and the second has not
	B    []string `json:"b"`    // the other way round
	Both int      `json:"both"` // how many they have in common
}

// Alike reports whether there is no difference.
func (a Aspect) Alike() bool { return len(a.A)+len(a.B) == 0 }

// unreadable stands for what the kernel does not show.
const unreadable = "(not shown)"

// Compare looks at two processes, most often the first ones of two containers,
// for all that makes a container: what they see, may do and may use. Numbers
// that always differ, of processes and namespaces, are no difference.
func Compare(ctx context.Context, a, b int) ([]Aspect, error) {
	seen, err := processes(ctx)
	if err != nil {
		return nil, err
	}
	var s Scene
	s.standAt(seen)
	first, ok := Scene{Processes: seen}.Process(a)
	if !ok {
		return nil, fmt.Errorf("no process %d is to be seen here", a)
	}
	second, ok := Scene{Processes: seen}.Process(b)
	if !ok {
		return nil, fmt.Errorf("no process %d is to be seen here", b)
	}
	var all []Aspect
	for _, each := range aspects {
		all = append(all, difference(each.what, each.read(first), each.read(second)))
	}
	return append(all, ownOnes(first, second, s.Here)), nil
}

// difference tells two sets apart.
func difference(what string, a, b []string) Aspect {
	d := Aspect{What: what, A: []string{}, B: []string{}}
	left := slices.Clone(b)
	for _, each := range a {
		if at := slices.Index(left, each); at >= 0 {
			left = slices.Delete(left, at, at+1)
			d.Both++
			continue
		}
		d.A = append(d.A, each)
	}
	d.B = append(d.B, left...)
	return d
}

// ownOnes compares which kinds of namespaces are the processes' own. One that
// they share with each other is in common.
func ownOnes(a, b Process, base Namespaces) Aspect {
	kinds := func(p, other Process) (own []string) {
		for _, k := range Kinds {
			switch id := p.Namespaces[k]; {
			case id == 0 || id == base[k]:
			case id == other.Namespaces[k]:
				own = append(own, string(k)+", shared")
			default:
				own = append(own, string(k))
			}
		}
		return own
	}
	return difference("namespaces of its own", kinds(a, b), kinds(b, a))
}

// aspects are what is compared, in the order in which it is told.
var aspects = []struct {
	what string
	read func(Process) []string
}{
	{"command", func(p Process) []string { return []string{p.Command} }},
	{"user", func(p Process) []string { return []string{fmt.Sprint(p.UID)} }},
	{"host name", func(p Process) []string { return []string{hostnameOf(p.PID)} }},
	{"root directory", func(p Process) []string { return []string{rootName(p)} }},
	{"user ids", func(p Process) []string { return []string{UserMap{Ranges: idMapOf(p.PID)}.String()} }},
	{"capabilities", func(p Process) []string { return capabilities(status(p.PID, "CapEff")) }},
	{"bounding set", func(p Process) []string { return capabilities(status(p.PID, "CapBnd")) }},
	{"no new privileges", func(p Process) []string { return []string{yesNo(status(p.PID, "NoNewPrivs"))} }},
	{"system calls", func(p Process) []string { return []string{filtered(status(p.PID, "Seccomp"))} }},
	{"mounts", func(p Process) []string { return mountsIn(file(p.PID, "mountinfo")) }},
	{"interfaces", func(p Process) []string { return interfacesOf(p.PID) }},
	{"open files", func(p Process) []string { return openFiles(p.PID) }},
	{"limits of the group", func(p Process) []string { return groupLimits(p.Cgroup) }},
	{"limits of the process", func(p Process) []string { return processLimits(file(p.PID, "limits")) }},
}

func rootName(p Process) string {
	if p.Root == "" {
		return "/"
	}
	return p.Root
}

// status reads a line of /proc/PID/status (proc_pid_status(5)).
func status(pid int, key string) string {
	for line := range strings.Lines(file(pid, "status")) {
		if name, value, _ := strings.Cut(line, ":"); name == key {
			return strings.TrimSpace(value)
		}
	}
	return unreadable
}

func yesNo(flag string) string {
	switch flag {
	case "0":
		return "no"
	case "1":
		return "yes"
	}
	return flag
}

// filtered names the modes of seccomp(2).
func filtered(mode string) string {
	switch mode {
	case "0":
		return "all"
	case "1":
		return "read, write and exit"
	case "2":
		return "those that a filter lets through"
	}
	return mode
}

// mountsIn tells a mount table without what differs between two containers of a
// kind: devices, sources, and the folders of an engine, which have ids in them.
func mountsIn(table string) []string {
	found := []string{}
	for _, m := range facts.ParseMounts(table) {
		text := m.Target + " " + m.Type
		if m.Root != "/" && !strings.ContainsFunc(m.Root, func(r rune) bool { return r >= '0' && r <= '9' }) {
			text += " (its " + m.Root + ")"
		}
		for _, option := range []string{"ro", "nosuid", "nodev", "noexec"} {
			if slices.Contains(m.Options, option) {
				text += " " + option
			}
		}
		found = append(found, text)
	}
	if len(found) == 0 {
		found = append(found, unreadable)
	}
	slices.Sort(found)
	return found
}

func interfacesOf(pid int) []string {
	found := []string{}
	for _, l := range linksOf(pid) {
		found = append(found, l.String())
	}
	return found
}

// openFiles lists what a process's descriptors lead to, pipes and sockets
// without their numbers.
func openFiles(pid int) []string {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return []string{unreadable}
	}
	found := []string{}
	for _, e := range entries {
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%s", pid, e.Name()))
		if err != nil {
			continue // closed meanwhile
		}
		kind, _, _ := strings.Cut(link, ":[")
		found = append(found, kind)
	}
	slices.Sort(found)
	return found
}

func groupLimits(path string) []string {
	g := findTrees().read(path)
	found := []string{}
	if g.MemoryBytes != nil {
		found = append(found, "memory "+limit(g.MemoryMaxBytes, Bytes(g.MemoryMaxBytes)))
	}
	if g.Tasks != nil {
		found = append(found, "tasks "+limit(g.TasksMax, fmt.Sprint(g.TasksMax)))
	}
	return found
}

func limit(amount uint64, text string) string {
	if amount == 0 {
		return "without limit"
	}
	return text
}

// processLimits reads getrlimit(2)'s, each as its name, soft and hard limit.
func processLimits(table string) []string {
	found := []string{}
	for line := range strings.Lines(table) {
		if name, rest, ok := strings.Cut(line, "  "); ok && strings.HasPrefix(name, "Max ") {
			if values := strings.Fields(rest); len(values) >= 2 {
				found = append(found, strings.TrimPrefix(name, "Max ")+" "+values[0]+", at most "+values[1])
			}
		}
	}
	return found
}

// capabilities names the bits of a set, without the CAP_ that all begin with.
func capabilities(hex string) []string {
	set, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return []string{unreadable}
	}
	found := []string{}
	for number, name := range security.CapabilityNames() {
		if set>>number&1 == 1 {
			found = append(found, strings.TrimPrefix(name, "CAP_"))
		}
	}
	return found
}
