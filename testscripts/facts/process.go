package facts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a process as /proc shows it (proc_pid_status(5)).
type Process struct {
	PID     int
	PPID    int
	State   string // R, S, D, Z, T …
	Command string // argv joined by spaces, the program without its directory; of a zombie, which has none, its comm
	UID     int    // its effective user, as the reader's user namespace numbers it
	NSpid   []int  // its id in each PID namespace it is visible in, outermost first
	Handled uint64 // the signals it catches or ignores; bit 0 is signal 1
	Started string // when, in clock ticks since the machine's start: a number is given again, both together are not

	hasArguments bool
}

func (p Process) String() string {
	name, _, _ := strings.Cut(p.Command, " ")
	return fmt.Sprintf("process %d (%s)", p.PID, filepath.Base(name))
}

// A NoProcessError says that no process, or more than one, is what a PROCESS
// word named. It is a finding, not a fault of the script.
type NoProcessError struct {
	Reason string
	Ended  bool // it was there when it was looked for, and then not any more
}

func (e *NoProcessError) Error() string { return e.Reason }

// missing turns a NoProcessError into an observation and passes on any other
// error.
func missing(looked, expected string, err error) (Observation, error) {
	var none *NoProcessError
	if errors.As(err, &none) {
		return Observation{Looked: looked, Found: none.Reason, Expected: expected, Dead: none.Reason, ended: none.Ended}, nil
	}
	return Observation{}, err
}

// ended explains why a file of /proc/PID could not be read: a process that is
// gone, or a zombie, has no namespaces and no mount table any more.
func ended(p Process, err error) error {
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH) || errors.Is(err, unix.EINVAL) {
		return &NoProcessError{Reason: p.String() + " has ended", Ended: true}
	}
	return fmt.Errorf("reading /proc of %s: %w", p, err)
}

// Find returns the process that a PROCESS word names: `self`, a number,
// `cmd:REGEXP` over command lines of those that have not ended,
// `container:NAME`, `child:PROCESS` and `parent:PROCESS`, `noted:FILE` or a name
// that the script has given.
func (w World) Find(expr string) (Process, error) {
	if p, ok := w.Named[expr]; ok {
		return still(p)
	}
	kind, rest, _ := strings.Cut(expr, ":")
	switch kind {
	case "self":
		return readProcess("self")
	case "cmd":
		return only(rest, living(matching(rest)))
	case "container":
		pid, err := w.ContainerPID(rest)
		if err != nil {
			return Process{}, &NoProcessError{Reason: fmt.Sprintf("container %s: %v", rest, err)}
		}
		return readProcess(strconv.Itoa(pid))
	case "noted":
		return noted(rest)
	case "parent", "child":
		return w.relative(kind, rest)
	}
	if _, err := strconv.Atoi(expr); err != nil {
		return Process{}, fmt.Errorf("%q names no process: want self, a number, cmd:REGEXP, container:NAME, child:… or parent:…", expr)
	}
	return readProcess(expr)
}

func (w World) relative(kind, expr string) (Process, error) {
	p, err := w.Find(expr)
	if err != nil {
		return Process{}, err
	}
	if kind == "parent" {
		return readProcess(strconv.Itoa(p.PPID))
	}
	return only("child of "+p.String(), func(c Process) (bool, error) { return c.PPID == p.PID, nil })
}

// living returns a predicate for those of wanted that are no zombies. A zombie
// waits to be reaped, and has nothing left to look at.
func living(wanted func(Process) (bool, error)) func(Process) (bool, error) {
	return func(p Process) (bool, error) {
		is, err := wanted(p)
		return is && p.State != "Z", err
	}
}

// matching returns a predicate for processes whose command line matches.
func matching(pattern string) func(Process) (bool, error) {
	re, err := regexp.Compile(pattern)
	return func(p Process) (bool, error) {
		return err == nil && re.MatchString(p.Command), err
	}
}

// only returns the one process that is wanted; two are as bad as none, for
// the check would speak of one by accident.
func only(what string, wanted func(Process) (bool, error)) (Process, error) {
	found, err := processes(wanted)
	switch {
	case err != nil:
		return Process{}, err
	case len(found) == 0:
		return Process{}, &NoProcessError{Reason: fmt.Sprintf("no process %s", what)}
	case len(found) > 1:
		return Process{}, &NoProcessError{Reason: fmt.Sprintf("%d processes %s: %s", len(found), what, list(found))}
	}
	return found[0], nil
}

// Children returns the processes whose parent is the given one.
func Children(pid int) []int {
	children, err := processes(func(p Process) (bool, error) { return p.PPID == pid, nil })
	if err != nil {
		return nil
	}
	var all []int
	for _, c := range children {
		all = append(all, c.PID)
	}
	return all
}

// AwaitStop waits until a process that was sent SIGSTOP runs no more, for a
// second at most: one that waits for a device stops only when it has what it
// waits for.
func AwaitStop(pid int) {
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		p, err := readProcess(strconv.Itoa(pid))
		if err != nil || strings.Contains("TtZX", p.State) {
			return
		}
	}
}

// processes reads /proc and returns those that are wanted, without the
// process that asks. A /proc in which that one is missing belongs to another
// PID namespace and would prove nothing.
func processes(wanted func(Process) (bool, error)) ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []Process
	alive := false
	for _, e := range entries {
		p, err := readProcess(e.Name())
		if err != nil {
			continue // not a process, or one that is already gone
		}
		if p.PID == os.Getpid() {
			alive = true
			continue
		}
		ok, err := wanted(p)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, p)
		}
	}
	if !alive {
		return nil, errors.New("/proc does not show the process that reads it: it belongs to another PID namespace")
	}
	return found, nil
}

// readProcess reads /proc/PID/status and cmdline (proc(5)).
func readProcess(pid string) (Process, error) {
	if pid != "self" {
		if _, err := strconv.Atoi(pid); err != nil {
			return Process{}, err
		}
	}
	for range 50 {
		p, err := lookAt(pid)
		if err != nil || !p.isBeingExecuted() {
			return p, err
		}
		time.Sleep(time.Millisecond)
	}
	return lookAt(pid)
}

// isBeingExecuted says whether a process is in the middle of execve(2): it has
// the new program's memory, without arguments as yet, and often the old name
// still. Threads of the kernel have no arguments either, and no program.
func (p Process) isBeingExecuted() bool {
	if p.hasArguments || p.State == "Z" {
		return false
	}
	_, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", p.PID))
	return err == nil
}

func lookAt(pid string) (Process, error) {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return Process{}, &NoProcessError{Reason: "no process " + pid}
	}
	p := Process{}
	for line := range strings.Lines(string(status)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		fields := strings.Fields(value)
		if len(fields) == 0 {
			continue
		}
		switch key {
		case "Name":
			p.Command = strings.Join(fields, " ")
		case "State":
			p.State = fields[0]
		case "Pid":
			p.PID = number(fields[0])
		case "PPid":
			p.PPID = number(fields[0])
		case "Uid": // real, effective and more
			p.UID = number(fields[min(1, len(fields)-1)])
		case "SigCgt", "SigIgn":
			mask, _ := strconv.ParseUint(fields[0], 16, 64)
			p.Handled |= mask
		case "NSpid":
			for _, f := range fields {
				p.NSpid = append(p.NSpid, number(f))
			}
		}
	}
	if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil {
		p.Started = started(string(stat))
	}
	// Arguments are separated by NUL; a zombie has none left.
	argv, _ := os.ReadFile("/proc/" + pid + "/cmdline")
	if line := strings.TrimRight(string(argv), "\x00"); line != "" {
		p.hasArguments = true
		program, arguments, _ := strings.Cut(line, "\x00")
		p.Command = strings.TrimSpace(filepath.Base(program) + " " + strings.ReplaceAll(arguments, "\x00", " "))
	}
	return p, nil
}

// number reads a decimal that the kernel wrote.
func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

func list(ps []Process) string {
	var all []string
	for _, p := range ps {
		all = append(all, fmt.Sprintf("%d %s (state %s, parent %d)", p.PID, p.Command, p.State, p.PPID))
	}
	return strings.Join(all, "; ")
}
