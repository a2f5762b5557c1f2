package facts

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// kinds are the names that /proc/PID/ns gives to namespaces.
var kinds = []string{"cgroup", "ipc", "mnt", "net", "pid", "user", "uts"}

// namespaces compares the namespaces of two processes by the inodes of
// /proc/PID/ns (namespaces(7)):
//
//	ns PROCESS KIND same|differs PROCESS
func namespaces(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "ns PROCESS mnt|pid|uts|ipc|net|cgroup|user same|differs PROCESS", 4)
	if err != nil {
		return Observation{}, err
	}
	kind, relation := q.pos[1], q.pos[2]
	if !slices.Contains(kinds, kind) {
		return Observation{}, fmt.Errorf("ns: %q is no kind of namespace: want one of %v", kind, kinds)
	}
	if relation != "same" && relation != "differs" {
		return Observation{}, fmt.Errorf("ns: %q: want same or differs", relation)
	}
	looked := fmt.Sprintf("the %s namespace of %s", kind, q.pos[0])
	a, err := w.Find(q.pos[0])
	if err != nil {
		return missing(looked, relation+" as that of "+q.pos[3], err)
	}
	b, err := w.Find(q.pos[3])
	if err != nil {
		return missing(looked, relation+" as that of "+q.pos[3], err)
	}
	left, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", a.PID, kind))
	if err != nil {
		return missing(looked, relation+" as that of "+q.pos[3], ended(a, err))
	}
	right, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", b.PID, kind))
	if err != nil {
		return missing(looked, relation+" as that of "+q.pos[3], ended(b, err))
	}
	other := b.String() + " has"
	if q.pos[3] == "self" {
		other = "the sandbox has itself" // whoever looks lives in no other than its own
	}
	o := Observation{
		Looked:   fmt.Sprintf("/proc/%d/ns/%s of %s", a.PID, kind, a),
		Found:    left,
		Expected: fmt.Sprintf("the same as %s, %s", other, right),
		Holds:    left == right,
	}
	if relation == "differs" {
		o.Holds = !o.Holds
		o.Expected = fmt.Sprintf("another than %s, %s", other, right)
	}
	return o, nil
}

// hostname looks at the host name in a process's UTS namespace:
//
//	hostname REGEXP [in=PROCESS]
func hostname(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "hostname REGEXP [in=PROCESS]", 1, "in")
	if err != nil {
		return Observation{}, err
	}
	re, err := regexp.Compile("^(?:" + q.pos[0] + ")$")
	if err != nil {
		return Observation{}, err
	}
	p, err := q.in(w)
	if err != nil {
		return missing("the host name of "+q.opt["in"], q.pos[0], err)
	}
	o := Observation{Looked: fmt.Sprintf("the host name in the UTS namespace of %s", p), Expected: q.pos[0]}
	err = inNamespace(p.PID, "uts", func() error {
		var name unix.Utsname
		if err := unix.Uname(&name); err != nil {
			return err
		}
		o.Found = unix.ByteSliceToString(name.Nodename[:])
		return nil
	})
	if err != nil {
		return missing(o.Looked, o.Expected, ended(p, err))
	}
	o.Holds = re.MatchString(o.Found)
	return o, nil
}

// cgroup looks at the control groups of a process (cgroups(7)):
//
//	cgroup PROCESS REGEXP
//
// It holds when a line of /proc/PID/cgroup matches.
func cgroup(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "cgroup PROCESS REGEXP", 2)
	if err != nil {
		return Observation{}, err
	}
	re, err := regexp.Compile("(?m)" + q.pos[1])
	if err != nil {
		return Observation{}, err
	}
	p, err := w.Find(q.pos[0])
	if err != nil {
		return missing("the cgroup of "+q.pos[0], q.pos[1], err)
	}
	path := fmt.Sprintf("/proc/%d/cgroup", p.PID)
	text, err := os.ReadFile(path)
	if err != nil {
		return missing(path, q.pos[1], ended(p, err))
	}
	return Observation{
		Looked:   path,
		Found:    strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "; "),
		Expected: fmt.Sprintf("a line that matches %#q", q.pos[1]),
		Holds:    re.Match(text),
	}, nil
}

// inNamespace calls f on a thread that has joined a namespace of pid, which
// setns(2) allows a single thread for uts, ipc and net, and for mnt once its root is
// its own; that is then the root of the mount namespace. The thread is never
// unlocked, so Go ends it rather than letting other goroutines run there.
func inNamespace(pid int, kind string, f func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		// The main thread cannot be ended, and its namespaces are those that
		// /proc shows for the process: hold it, and use another one.
		if unix.Gettid() == os.Getpid() {
			defer runtime.UnlockOSThread()
			done <- inNamespace(pid, kind, f)
			return
		}
		done <- joined(pid, kind, f)
	}()
	return <-done
}

// joined joins a namespace with the calling thread, for good, and calls f.
func joined(pid int, kind string, f func() error) error {
	ns, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", pid, kind))
	if err != nil {
		return err
	}
	defer ns.Close()
	// Where this thread is already it need not go, nor may an ordinary user.
	own, err := os.Stat("/proc/thread-self/ns/" + kind)
	if err != nil {
		return err
	}
	if theirs, err := ns.Stat(); err == nil && os.SameFile(own, theirs) {
		return f()
	}
	if kind == "mnt" { // root and directory go with it, and have to be this thread's own
		if err := unix.Unshare(unix.CLONE_FS); err != nil {
			return fmt.Errorf("parting from the other threads: %w", err)
		}
	}
	if err := unix.Setns(int(ns.Fd()), 0); err != nil {
		return fmt.Errorf("joining the %s namespace of process %d: %w", kind, pid, err)
	}
	return f()
}
