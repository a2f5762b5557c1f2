package see

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"
)

// selfPID is this process in /proc, which may count as an outer PID namespace
// does; 0, where it is not there (proc(5), /proc/self).
func selfPID() int {
	link, err := os.Readlink("/proc/self")
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(link)
	return pid
}

// standAt fills in the processes and where they are seen from, and returns the
// one that looks. That one is left out, as it is gone when the drawing is read:
// the shell it was typed in stands for it, unless it is alone in namespaces.
func (s *Scene) standAt(all []Process) (self Process) {
	at := slices.IndexFunc(all, func(p Process) bool { return p.PID == selfPID() })
	if at < 0 {
		return Process{PID: selfPID(), Namespaces: Namespaces{}}
	}
	self = all[at]
	before := Scene{Processes: all}
	first, _ := before.Process(1)
	parent, _ := before.Parent(self)
	s.Eyes = self.Namespaces["user"]
	s.Here = first.Namespaces
	if len(first.Namespaces) == 0 {
		s.Inherited = inherited(self)
		s.Here = before.withoutFirst(self, s.Inherited)
	}
	s.You = parent.PID
	if alone(self, parent) {
		s.You = self.PID
	} else {
		all = slices.Delete(slices.Clone(all), at, at+1)
	}
	s.Processes = all
	for _, p := range all {
		if len(p.Namespaces) == 0 && !p.Zombie() {
			s.Hidden = append(s.Hidden, p.PID)
		}
	}
	return self
}

// alone reports whether a process is where its parent is not.
func alone(self, parent Process) bool {
	for _, k := range Kinds {
		if self.Namespaces[k] != parent.Namespaces[k] {
			return true
		}
	}
	return self.Root != parent.Root
}

// withoutFirst is what is known of the namespaces of a process 1 that may not be
// read. Where the looking process inherited none from out there, that one only
// has more rights, and the topmost of those that started us stands for it;
// otherwise only that /proc is process 1's is known.
func (s Scene) withoutFirst(self Process, inherited Namespaces) Namespaces {
	if len(inherited) == 0 {
		here := self.Namespaces
		for p, ok := s.Parent(self); ok && len(p.Namespaces) > 0; p, ok = s.Parent(p) {
			here = p.Namespaces
		}
		return here
	}
	here := Namespaces{}
	if id, ok := inherited["pid"]; ok {
		here["pid"] = id
	}
	return here
}

// inherited are those of a process's namespaces that are owned by a user
// namespace outside of its own. Whom it may not see the kernel does not name:
// EPERM is the answer (NS_GET_USERNS in ioctl_nsfs(2)).
func inherited(p Process) Namespaces {
	found := Namespaces{}
	for k, id := range p.Namespaces {
		if k == "user" {
			continue // has a parent, and no owner
		}
		namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/%s", p.PID, k))
		if err != nil {
			continue
		}
		owner, err := unix.IoctlRetInt(int(namespace.Fd()), unix.NS_GET_USERNS)
		if errors.Is(err, unix.EPERM) {
			found[k] = id
		} else if err == nil {
			unix.Close(owner)
		}
		namespace.Close()
	}
	return found
}
