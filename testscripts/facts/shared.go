package facts

import (
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
)

// sharedMemory looks at what an IPC namespace holds (sysvipc(7)):
//
//	shm KEY [in=PROCESS]
//
// KEY is the key of a System V segment, decimal or 0x…; the process's IPC
// namespace is joined to ask. POSIX shared memory is a file in /dev/shm: use
// file for it.
func sharedMemory(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "shm KEY [in=PROCESS]", 1, "in")
	if err != nil {
		return Observation{}, err
	}
	var key int32
	if _, err := fmt.Sscan(q.pos[0], &key); err != nil {
		return Observation{}, fmt.Errorf("shm: key %q is not a number", q.pos[0])
	}
	p, err := q.in(w)
	if err != nil {
		return missing("the shared memory of "+q.opt["in"], "there", err)
	}
	o := Observation{
		Looked:   fmt.Sprintf("System V shared memory in the IPC namespace of %s", p),
		Expected: fmt.Sprintf("a segment with key %d", key),
		Absent:   fmt.Sprintf("no segment with key %d", key),
	}
	var table []byte
	err = inNamespace(p.PID, "ipc", func() (err error) {
		table, err = os.ReadFile("/proc/sysvipc/shm")
		return err
	})
	if err != nil {
		return missing(o.Looked, o.Expected, ended(p, err))
	}
	keys := segmentKeys(string(table))
	o.Found = "no segment"
	if len(keys) > 0 {
		o.Found = "keys " + strings.Join(keys, ", ")
	}
	o.Holds = slices.Contains(keys, fmt.Sprint(key))
	return o, nil
}

// segmentKeys returns the first column of /proc/sysvipc/shm (proc_sysvipc(5)).
func segmentKeys(table string) []string {
	var keys []string
	for line := range strings.Lines(table) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] != "key" {
			keys = append(keys, fields[0])
		}
	}
	return keys
}

// link looks at the interfaces of a network namespace (network_namespaces(7)):
//
//	link NAME [in=PROCESS] [state=up|down] [addr=REGEXP]
func link(w World, args []string) (Observation, error) {
	q, err := parseWords(args, "link NAME [in=PROCESS] [state=up|down] [addr=REGEXP]", 1, "in", "state", "addr")
	if err != nil {
		return Observation{}, err
	}
	addr, err := regexp.Compile(q.opt["addr"])
	if err != nil {
		return Observation{}, err
	}
	expected := q.pos[0] + q.asked("state", "addr")
	p, err := q.in(w)
	if err != nil {
		return missing("the interfaces of "+q.opt["in"], expected, err)
	}
	o := Observation{
		Looked:   "the interfaces in the network namespace of " + p.String(),
		Expected: expected, Absent: "no " + expected,
	}
	var all []iface
	err = inNamespace(p.PID, "net", func() (err error) {
		all, err = interfaces()
		return err
	})
	if err != nil {
		return missing(o.Looked, o.Expected, ended(p, err))
	}
	var shown []string
	for _, i := range all {
		shown = append(shown, i.String())
		if i.Name == q.pos[0] {
			state, ok := q.opt["state"]
			o.Holds = (!ok || state == i.State) && slices.ContainsFunc(append(i.Addrs, ""), addr.MatchString)
		}
	}
	o.Found = strings.Join(shown, "; ")
	if len(all) == 0 {
		// Every network namespace has lo from its first moment on.
		o.Dead = "no interface at all, not even lo"
		o.Found = o.Dead
	}
	return o, nil
}

type iface struct {
	Name, State string
	Addrs       []string
}

func (i iface) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", i.Name, i.State, strings.Join(i.Addrs, " ")))
}

// interfaces lists those of the calling thread's network namespace.
func interfaces() ([]iface, error) {
	links, err := net.Interfaces()
	if err != nil {
		return nil, err
	}
	var all []iface
	var errs error
	for _, l := range links {
		i := iface{Name: l.Name, State: "down"}
		if l.Flags&net.FlagUp != 0 {
			i.State = "up"
		}
		addrs, err := l.Addrs()
		errs = errors.Join(errs, err)
		for _, a := range addrs {
			i.Addrs = append(i.Addrs, a.String())
		}
		all = append(all, i)
	}
	return all, errs
}
