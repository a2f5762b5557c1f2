package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// process looks for processes by command line:
//
//	process REGEXP [state=LETTER] [ppid=PROCESS] [count=N]
//
// It holds when at least one (count: exactly N) process matches everything.
func process(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "process REGEXP [state=LETTER] [ppid=PROCESS] [count=N]", 1, "state", "ppid", "count")
	if err != nil {
		return Observation{}, err
	}
	o := Observation{
		Looked:   fmt.Sprintf("the processes whose command matches %q", q.pos[0]),
		Expected: "such a process" + q.asked("state", "ppid", "count"),
		Absent:   "no such process" + q.asked("state", "ppid", "count"),
	}
	named, err := processes(matching(q.pos[0]))
	if err != nil {
		return Observation{}, err
	}
	o.Found = "none"
	if len(named) > 0 {
		o.Found = list(named)
	}
	parent, hasParent := 0, false
	if expr, ok := q.opt["ppid"]; ok {
		p, err := w.Find(expr)
		if err != nil {
			return missing(o.Looked, o.Expected, err)
		}
		parent, hasParent = p.PID, true
	}
	right := slices.DeleteFunc(named, func(p Process) bool {
		return q.opt["state"] != "" && p.State != q.opt["state"] || hasParent && p.PPID != parent
	})
	o.Holds = len(right) > 0
	if n, ok := q.opt["count"]; ok {
		o.Holds = strconv.Itoa(len(right)) == n
	}
	return o, nil
}

// nspid looks at the ids that a process has in the PID namespaces it is
// visible in (the NSpid line of proc_pid_status(5)):
//
//	nspid PROCESS PID [depth=N]
//
// It holds when its id in the innermost namespace is PID, and (depth) when it
// is visible in N namespaces, counted from the one whose /proc is read.
func nspid(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "nspid PROCESS PID [depth=N]", 2, "depth")
	if err != nil {
		return Observation{}, err
	}
	expected := fmt.Sprintf("%s as its id in the innermost namespace", q.pos[1]) + q.asked("depth")
	p, err := w.Find(q.pos[0])
	if err != nil {
		return missing("the process ids of "+q.pos[0], expected, err)
	}
	o := Observation{
		Looked:   fmt.Sprintf("NSpid in /proc/%d/status", p.PID),
		Found:    strings.Trim(fmt.Sprint(p.NSpid), "[]"),
		Expected: expected,
	}
	innermost := p.NSpid[len(p.NSpid)-1]
	o.Holds = strconv.Itoa(innermost) == q.pos[1]
	if depth, ok := q.opt["depth"]; ok && strconv.Itoa(len(p.NSpid)) != depth {
		o.Holds = false
	}
	return o, nil
}
