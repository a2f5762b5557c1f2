package see

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"drydock/testscripts/facts"
)

// initialPID is the number of the machine's own PID namespace; the kernel
// gives it the same one always (PROC_PID_INIT_INO in linux/proc_ns.h).
const initialPID = 0xEFFFFFFC

// Look looks at the world as this process sees it. In a sandbox that is every
// process but this one. On the machine itself, which has hundreds, it is those
// that are in a PID, network or user namespace other than ours, or under
// another root directory, and whoever started them.
//
// In a user namespace below process 1's the kernel does not show the namespaces
// of those outside (ptrace(2), access mode checking): they are Hidden, and which
// of ours came in from there is known by who owns them.
//
// Processes come and go meanwhile: one that vanishes while it is read is left
// out, and that is no error.
func Look(ctx context.Context) (Scene, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Scene{}, fmt.Errorf("looking around: %w", err)
	}
	s := Scene{Boot: strings.TrimSpace(string(boot))}
	all, err := processes(ctx)
	if err != nil {
		return Scene{}, err
	}
	self := s.standAt(all)
	s.Machine = s.Here["pid"] == initialPID
	if s.Machine {
		s.Processes = contained(s)
	}
	s.Cgroups = cgroupsOf(s.Processes)
	s.readNamespaces(self)
	return s, ctx.Err()
}

// processes reads all, by PID. A /proc without this one belongs to a PID
// namespace that we are not in, and what it shows is not where we are.
func processes(ctx context.Context) ([]Process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var all []Process
	for _, e := range entries {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		p, ok := readProcess(pid)
		if pid == selfPID() {
			// /proc/PID is the first thread, which may have been elsewhere to look around.
			p.Namespaces = namespacesAt("/proc/thread-self")
		}
		if ok {
			all = append(all, p)
		}
	}
	if selfPID() == 0 {
		return nil, errors.New("/proc does not show the process that reads it: it belongs to another PID namespace; mount the right one with `mount -t proc proc /proc`")
	}
	slices.SortFunc(all, func(a, b Process) int { return a.PID - b.PID })
	return all, nil
}

// readProcess reads one; false, if it is gone.
func readProcess(pid int) (Process, bool) {
	read, err := facts.World{}.Find(strconv.Itoa(pid))
	started := startOf(pid)
	if err != nil || started == 0 {
		return Process{}, false
	}
	p := Process{
		PID: pid, PPID: read.PPID, NSpid: read.NSpid, State: read.State,
		Command: read.Command, Started: started, UID: read.UID,
		Namespaces: namespacesOf(pid),
	}
	if root, err := os.Readlink(fmt.Sprintf("/proc/%d/root", pid)); err == nil && root != "/" {
		p.Root = root
	}
	if !p.Zombie() { // which uses nothing; version 1 shows it in the top group
		p.Cgroup = cgroupOf(pid)
	}
	return p, true
}

// startOf reads when a process was started, in clock ticks since the boot:
// field 22 of /proc/PID/stat (proc_pid_stat(5)). The second field is a name in
// brackets that may itself hold blanks and brackets.
func startOf(pid int) uint64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	line := string(text)
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	const startTime = 22 - 3 // counted from the third field
	if len(fields) <= startTime {
		return 0
	}
	ticks, _ := strconv.ParseUint(fields[startTime], 10, 64)
	return ticks
}

// namespacesOf reads the links in /proc/PID/ns, such as `pid:[4026531836]`.
func namespacesOf(pid int) Namespaces { return namespacesAt("/proc/" + strconv.Itoa(pid)) }

func namespacesAt(dir string) Namespaces {
	all := Namespaces{}
	for _, k := range Kinds {
		link, err := os.Readlink(dir + "/ns/" + string(k))
		if err != nil {
			continue // a kernel without it, a zombie, or not ours to read
		}
		number := strings.TrimSuffix(strings.TrimPrefix(link, string(k)+":["), "]")
		if id, err := strconv.ParseUint(number, 10, 64); err == nil {
			all[k] = id
		}
	}
	return all
}

// kthreadd is the parent of the kernel's own threads, on a machine. One of them
// has a mount namespace.
const kthreadd = 2

// contained picks the processes of a machine that are in containers, with
// their parents.
func contained(s Scene) []Process {
	here := rootOf(selfPID())
	parents := map[int]bool{}
	inside := map[int]bool{}
	for _, p := range s.Processes {
		if p.PID == kthreadd || p.PPID == kthreadd {
			continue
		}
		apart := false
		for _, k := range []Kind{"pid", "net", "user"} {
			id, known := p.Namespaces[k]
			apart = apart || known && id != s.Here[k]
		}
		if !apart && p.Namespaces["mnt"] != s.Here["mnt"] && p.Namespaces["mnt"] != 0 {
			// Many services have mounts of their own on the machine's root:
			// they are no containers.
			apart = rootOf(p.PID) != here || p.PID == s.You
		}
		if apart {
			inside[p.PID], parents[p.PPID] = true, true
		}
	}
	return slices.DeleteFunc(s.Processes, func(p Process) bool { return !inside[p.PID] && !parents[p.PID] })
}

// readNamespaces looks into each namespace of the scene by way of the process
// that opened it.
func (s *Scene) readNamespaces(self Process) {
	for id, p := range s.doors("uts", self) {
		s.Hosts = append(s.Hosts, Host{id, hostnameOf(p.PID)})
	}
	for id, p := range s.doors("user", self) {
		s.Users = append(s.Users, UserMap{id, idMapOf(p.PID)})
	}
	networks := s.doors("net", self)
	for id, p := range networks {
		s.Networks = append(s.Networks, Network{Namespace: id, Links: linksOf(p.PID)})
	}
	s.wire(networks)
	s.publish()
	s.serve(networks)
	s.readMounts(self)
	slices.SortFunc(s.Hosts, func(a, b Host) int { return order(a.Namespace, b.Namespace) })
	slices.SortFunc(s.Users, func(a, b UserMap) int { return order(a.Namespace, b.Namespace) })
	slices.SortFunc(s.Networks, func(a, b Network) int { return order(a.Namespace, b.Namespace) })
}

// doors returns a living process for each namespace of a kind; for ours, self.
func (s *Scene) doors(k Kind, self Process) map[uint64]Process {
	doors := map[uint64]Process{}
	for _, p := range s.Processes {
		id, known := p.Namespaces[k]
		if other, ok := doors[id]; known && (!ok || p.Started < other.Started) {
			doors[id] = p
		}
	}
	doors[self.Namespaces[k]] = self
	return doors
}

// order compares numbers, for sorting.
func order(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
