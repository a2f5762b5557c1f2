// Package see looks at what the kernel says exists, processes with their
// namespaces, mounts, interfaces and control groups, and tells two such looks
// apart.
//
//	before, err := see.Look(ctx)
//	…                            // something happens
//	after, err := see.Look(ctx)
//	for _, c := range see.Diff(before, after).List { fmt.Println(c) }
//
// Everything comes from the kernel as this process sees it, so that a look made
// in a sandbox shows the sandbox; no engine is asked, and what a program says of
// itself counts for nothing. The namespaces of process 1 are what all else is
// told against, wherever the look is made from: a shell in namespaces of its own
// is drawn in a box of its own, and marked as the place where one is.
//
// Most stands in /proc. What does not, the host name
// and the wires of other namespaces, is asked for in there. Images are no
// things of the kernel's: ImagesIn reads them from an engine's store.
//
// How a Scene is drawn is in package drawing. This package changes nothing.
package see

import (
	"fmt"
	"slices"

	"drydock/testscripts/facts"
)

// Kind is a kind of namespace, as in /proc/PID/ns (namespaces(7)).
type Kind string

// Kinds are all of them, in the order in which they are told: first the one
// that owns the others, then the ones that show most.
var Kinds = [...]Kind{"user", "pid", "mnt", "uts", "ipc", "net", "cgroup", "time"}

// Namespaces are a process's namespaces by their inode numbers. One that may
// not be read, as that of a zombie or of another user's process, is absent.
type Namespaces map[Kind]uint64

// Scene is what one look found. All lists are sorted, so that two looks at the
// same world are equal.
type Scene struct {
	Boot      string           `json:"boot"`                // which start of the machine: identities last no longer
	Here      Namespaces       `json:"here"`                // those of process 1; one that may not be read is absent
	Machine   bool             `json:"machine"`             // Here is the machine itself, not a sandbox: see Look
	You       int              `json:"you,omitempty"`       // the process that asked for the look
	Eyes      uint64           `json:"eyes"`                // the user namespace that was looked from: it decides what may be read
	Inherited Namespaces       `json:"inherited,omitempty"` // from outside of Eyes, where process 1's may not be read: see Look
	Hidden    []int            `json:"hidden,omitempty"`    // living processes whose namespaces may not be read
	Processes []Process        `json:"processes"`
	Hosts     []Host           `json:"hosts"`
	Users     []UserMap        `json:"users"`
	Mounts    []MountNamespace `json:"mounts"`
	Networks  []Network        `json:"networks"`
	Cgroups   []Cgroup         `json:"cgroups"`
	Images    []Image          `json:"images,omitempty"` // Look leaves them out: see ImagesIn
}

// Process is a process in /proc.
type Process struct {
	PID        int        `json:"pid"`
	PPID       int        `json:"ppid"`    // 0: its parent is not to be seen
	Started    uint64     `json:"started"` // clock ticks since the boot: with PID it names a process for good
	NSpid      []int      `json:"nspid"`   // its id in each PID namespace, outermost first
	State      string     `json:"state"`   // R, S, D, Z, T …
	Command    string     `json:"command"`
	UID        int        `json:"uid"` // as seen from here
	Namespaces Namespaces `json:"namespaces"`
	Cgroup     string     `json:"cgroup"`         // path, as seen from here
	Root       string     `json:"root,omitempty"` // the root directory, where it is not / of its mounts
}

// Identity is what no other process of this boot has, unlike a PID.
func (p Process) Identity() string { return fmt.Sprintf("%d@%d", p.PID, p.Started) }

// Zombie reports whether the process has ended and waits to be reaped.
func (p Process) Zombie() bool { return p.State == "Z" }

// Host is the host name in a UTS namespace.
type Host struct {
	Namespace uint64 `json:"namespace"`
	Name      string `json:"name"`
}

// UserMap is how a user namespace's ids are ours (user_namespaces(7)).
type UserMap struct {
	Namespace uint64    `json:"namespace"`
	Ranges    []IDRange `json:"ranges"` // empty: no map has been written
}

// IDRange is a line of /proc/PID/uid_map.
type IDRange struct {
	Inside  int `json:"inside"`
	Outside int `json:"outside"`
	Size    int `json:"size"`
}

// MountNamespace is what is mounted in a mount namespace and not in the one
// it was copied from, which is its opener's parent's. That of the looking
// process has no such parent: of it, these are all mounts.
type MountNamespace struct {
	Namespace uint64  `json:"namespace"`
	Mounts    []Mount `json:"mounts"`
	Lost      int     `json:"lost"` // how many mounts of that other one are not here
}

// Mount is a mount; of an overlay, also its layers.
type Mount struct {
	facts.Mount
	Lower []string `json:"lower,omitempty"` // read-only directories, top layer first
	Upper string   `json:"upper,omitempty"` // the directory that takes what is written
	Work  string   `json:"work,omitempty"`  // the overlay's scratch directory
}

// Network is a network namespace with its interfaces.
type Network struct {
	Namespace uint64    `json:"namespace"`
	Links     []Link    `json:"links"`
	Ports     []Port    `json:"ports,omitempty"`    // published here; of our own namespace only
	Services  []Service `json:"services,omitempty"` // that a packet from here finds
}

// Port is a port of this machine that leads to one behind a bridge.
type Port struct {
	Listens string `json:"listens"` // 8080/tcp, or 127.0.0.1:8080/tcp for one address alone
	To      string `json:"to"`      // address and port
	Bridge  string `json:"bridge"`
}

// String is the port as `mini-docker ps` shows it.
func (p Port) String() string { return p.Listens + " -> " + p.To + " on " + p.Bridge }

// Link is an interface. The addresses are with their prefix lengths.
type Link struct {
	Name      string   `json:"name"`
	Addresses []string `json:"addresses"`
	Gateway   string   `json:"gateway,omitempty"` // where its default route leads
	Kind      string   `json:"kind,omitempty"`    // bridge, veth, vxlan …; "" for a device, or where it may not be asked
	Bridge    string   `json:"bridge,omitempty"`  // the bridge that it is a port of
	Peer      *Peer    `json:"peer,omitempty"`    // of a veth, where that is to be seen
}

// Peer is the other end of a veth.
type Peer struct {
	Namespace uint64 `json:"namespace"`
	Name      string `json:"name"`
}

// Cgroup is a control group that holds a process of the scene. Amounts are
// nil where the controller's files are not to be seen from here.
type Cgroup struct {
	Path           string  `json:"path"`
	MemoryBytes    *uint64 `json:"memoryBytes,omitempty"`
	MemoryMaxBytes uint64  `json:"memoryMaxBytes,omitempty"` // 0: no limit
	Tasks          *uint64 `json:"tasks,omitempty"`          // threads count too
	TasksMax       uint64  `json:"tasksMax,omitempty"`       // 0: no limit
}

// In returns the processes that are in a namespace.
func (s Scene) In(k Kind, id uint64) []Process {
	return slices.DeleteFunc(slices.Clone(s.Processes), func(p Process) bool { return p.Namespaces[k] != id })
}

// Process returns the process with that PID.
func (s Scene) Process(pid int) (Process, bool) {
	for _, p := range s.Processes {
		if p.PID == pid {
			return p, true
		}
	}
	return Process{}, false
}

// Parent returns a process's parent, if it is in the scene.
func (s Scene) Parent(p Process) (Process, bool) {
	if p.PPID == 0 {
		return Process{}, false
	}
	return s.Process(p.PPID)
}

// Opened returns the kinds of namespaces in which p differs from its parent,
// and of those the ones that p is the first process of. The others it joined.
// A process without a visible parent is compared with process 1. Where the
// parent's may not be read, what was not inherited from out there is new.
func (s Scene) Opened(p Process) (differ, opened []Kind) {
	above, guessed := s.above(p)
	for _, k := range Kinds {
		id, known := p.Namespaces[k]
		if id == above[k] || !known || above[k] == 0 && !guessed {
			continue
		}
		differ = append(differ, k)
		if s.Opener(k, id).Identity() == p.Identity() {
			opened = append(opened, k)
		}
	}
	return differ, opened
}

// above are the namespaces that a process started from; guessed, where those it
// inherited are all that is known of them.
func (s Scene) above(p Process) (above Namespaces, guessed bool) {
	above = s.Here
	if parent, ok := s.Parent(p); ok {
		above = parent.Namespaces
		if len(above) == 0 && !parent.Zombie() {
			return s.Inherited, len(s.Inherited) > 0
		}
	}
	return above, false
}

// Opener returns the oldest process in a namespace; where two are as old, the
// one with the lower PID. In a PID namespace that is its process 1.
func (s Scene) Opener(k Kind, id uint64) Process {
	var opener Process
	for _, p := range s.Processes {
		if p.Namespaces[k] != id {
			continue
		}
		if opener.PID == 0 || p.Started < opener.Started || p.Started == opener.Started && p.PID < opener.PID {
			opener = p
		}
	}
	return opener
}
