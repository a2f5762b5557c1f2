package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// process looks for processes by command line:
//
//	process REGEXP [state=LETTER] [ppid=PROCESS] [default=SIGNAL] [count=N] [as=NAME]
//
// It holds when at least one (count: exactly N) process matches everything. With as it
// has to be one alone, which NAME means from there on: that process, and no other that
// comes to be like it.
// default is a signal that it neither catches nor ignores (signal(7)): a Go
// program that is to act like a C one gives signals back only once it runs.
func process(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "process REGEXP [state=LETTER] [ppid=PROCESS] [default=SIGNAL] [count=N] [as=NAME]",
		1, "state", "ppid", "default", "count", "as")
	if err != nil {
		return Observation{}, err
	}
	o := Observation{
		Looked:   fmt.Sprintf("the processes whose command matches %#q", q.pos[0]),
		Expected: "such a process" + q.asked("state", "ppid", "default", "count"),
		Absent:   "no such process" + q.asked("state", "ppid", "default", "count"),
	}
	named, err := processes(matching(q.pos[0]))
	if err != nil {
		return Observation{}, err
	}
	o.Found = "none"
	if len(named) > 0 {
		o.Found = list(named)
	}
	wrong, err := w.unlike(q)
	if err != nil {
		return missing(o.Looked, o.Expected, err)
	}
	right := slices.DeleteFunc(named, wrong)
	if o.Holds = len(right) > 0; o.Holds { // what is too much, where none or one is wanted
		o.Found = list(right)
	}
	if n, ok := q.opt["count"]; ok {
		o.Holds = strconv.Itoa(len(right)) == n
	}
	if name, ok := q.opt["as"]; ok {
		if len(right) > 1 {
			o.Expected += ", and one alone"
		}
		if o.Holds = o.Holds && len(right) == 1; o.Holds {
			w.Named[name] = right[0]
		}
	}
	return o, nil
}

// unlike returns a predicate for processes that lack what q asks for.
func (w World) unlike(q words) (func(Process) bool, error) {
	state, hasState := q.opt["state"]
	expr, hasParent := q.opt["ppid"]
	var parent Process
	if hasParent {
		var err error
		if parent, err = w.Find(expr); err != nil {
			return nil, err
		}
	}
	var signal unix.Signal
	if name, ok := q.opt["default"]; ok {
		if signal = unix.SignalNum("SIG" + name); signal == 0 {
			return nil, fmt.Errorf("no signal is called %s", name)
		}
	}
	return func(p Process) bool {
		return hasState && p.State != state || hasParent && p.PPID != parent.PID ||
			signal != 0 && p.Handled>>(signal-1)&1 == 1
	}, nil
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
