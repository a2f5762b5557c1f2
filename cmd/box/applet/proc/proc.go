// Package proc reads what the kernel tells about processes in /proc. See
// proc(5). A process can end between two reads, so every function here takes a
// missing file for a process that is gone, not for a fault.
package proc

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
)

// A Process is one line of a process list.
type Process struct {
	PID, PPID int
	State     string   // one letter: R, S, D, T, Z, …; proc_pid_stat(5)
	Name      string   // what the kernel calls it: at most 15 bytes
	Args      []string // empty for kernel threads and zombies
	UID       uint32   // effective
	Session   int
	Threads   int
	Resident  int64 // bytes
	Ticks     int64 // CPU time, user and system, in clock ticks (1/100 s)
	Terminal  int   // device number, 0 for none
}

// List returns all processes that the mounted /proc shows, by number.
func List() ([]Process, error) {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, entry := range names {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if p, err := Read(pid); err == nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Process) int { return a.PID - b.PID })
	return all, nil
}

// Read returns one process.
func Read(pid int) (Process, error) {
	p := Process{PID: pid}
	dir := fmt.Sprintf("/proc/%d", pid)
	stat, err := os.ReadFile(dir + "/stat")
	if err != nil {
		return p, err
	}
	// The name stands in parentheses and may itself hold any of ") (": only the
	// last closing one ends it.
	text := string(stat)
	open, end := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return p, fmt.Errorf("reading %s/stat: no name in it", dir)
	}
	p.Name = text[open+1 : end]
	fields := strings.Fields(text[end+1:]) // fields[0] is field 3, the state
	if len(fields) < 22 {
		return p, fmt.Errorf("reading %s/stat: too few fields", dir)
	}
	number := func(field int) int { n, _ := strconv.Atoi(fields[field-3]); return n }
	p.State, p.PPID, p.Session, p.Terminal = fields[0], number(4), number(6), number(7)
	p.Ticks, p.Threads = int64(number(14)+number(15)), number(20)
	p.Resident = int64(number(24)) * int64(os.Getpagesize())

	if line, err := os.ReadFile(dir + "/cmdline"); err == nil && len(line) > 0 {
		p.Args = strings.Split(strings.TrimRight(string(line), "\x00"), "\x00")
	}
	if uid, ok := Status(pid)["Uid"]; ok {
		if ids := strings.Fields(uid); len(ids) == 4 { // real, effective, saved, file system
			n, _ := strconv.ParseUint(ids[1], 10, 32)
			p.UID = uint32(n)
		}
	}
	return p, nil
}

// Command returns the command line as ps shows it: the arguments, or the name
// in brackets where the kernel has none, with a note when the process has
// ended and only waits for its parent to ask.
func (p Process) Command() string {
	switch {
	case p.State == "Z":
		return "[" + p.Name + "] <defunct>"
	case len(p.Args) == 0:
		return "[" + p.Name + "]"
	}
	// A list has a line for each process, whatever its arguments hold.
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.Join(p.Args, " "))
}

// Status returns the fields of /proc/PID/status by name; empty when the
// process is gone.
func Status(pid int) map[string]string {
	fields := map[string]string{}
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			fields[name] = strings.TrimSpace(value)
		}
	}
	return fields
}
