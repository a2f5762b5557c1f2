package see

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Mark says what became of something between two looks.
type Mark string

// The marks, as they are printed.
const (
	Came    Mark = "+"
	Gone    Mark = "-"
	Changed Mark = "~"
)

// What kinds of things change.
const (
	AProcess   = "process"
	ANamespace = "namespace"
	AHost      = "host name"
	AnIDMap    = "user ids"
	AMount     = "mount"
	ALink      = "interface"
	ACgroup    = "cgroup"
	AnImage    = "image"
	APort      = "port"
	AService   = "service"
)

// A Change is one difference between two looks.
type Change struct {
	Mark      Mark   `json:"mark"`
	What      string `json:"what"`                // AProcess …
	Key       string `json:"key"`                 // which one: Process.Identity, a number, a name or a path
	Namespace uint64 `json:"namespace,omitempty"` // where it is, of what is in one
	Is        string `json:"is"`                  // how it is now, of what is gone how it was
	Was       string `json:"was,omitempty"`       // of what has changed: how it was
}

// String is the change as a line.
func (c Change) String() string {
	line := fmt.Sprintf("%s %s %s", c.Mark, c.What, c.Is)
	if c.Was != "" {
		line += " (was " + c.Was + ")"
	}
	return line
}

// Changes are what happened between two looks.
type Changes struct {
	List   []Change
	Before Scene
}

// Of returns the change of one thing, if it did change.
func (c Changes) Of(what, key string, namespace uint64) (Change, bool) {
	for _, each := range c.List {
		if each.What == what && each.Key == key && each.Namespace == namespace {
			return each, true
		}
	}
	return Change{}, false
}

// In returns the changes of one kind of thing in one namespace.
func (c Changes) In(what string, namespace uint64) []Change {
	return slices.DeleteFunc(slices.Clone(c.List), func(each Change) bool {
		return each.What != what || each.Namespace != namespace
	})
}

// Count says how many things came, went and changed.
func (c Changes) Count(m Mark) int {
	n := 0
	for _, each := range c.List {
		if each.Mark == m {
			n++
		}
	}
	return n
}

// Comparable reports whether two looks were made at one world: in the same PID
// namespace since the same start of the machine, by eyes that may see the same.
func Comparable(before, after Scene) bool {
	return before.Boot == after.Boot && before.Here["pid"] == after.Here["pid"] && before.Eyes == after.Eyes
}

// Diff compares two looks. Of a namespace that came or went, what is in it is
// not told one by one. How much memory a group uses is no change, its limit is.
func Diff(before, after Scene) Changes {
	d := differ{before: before, after: after}
	d.processes()
	for _, k := range Kinds {
		d.namespaces(k)
	}
	d.hosts()
	d.idMaps()
	d.links()
	d.ports()
	d.services()
	d.mounts()
	d.cgroups()
	d.images()
	return Changes{List: d.list, Before: before}
}

// differ gathers the differences of two looks.
type differ struct {
	before, after Scene
	list          []Change
}

// add notes a change of a thing that was and is as told; "" for not there.
func (d *differ) add(what, key string, namespace uint64, was, is string) {
	c := Change{Mark: Changed, What: what, Key: key, Namespace: namespace, Is: is, Was: was}
	switch {
	case was == is:
		return
	case was == "":
		c.Mark = Came
	case is == "":
		c.Mark, c.Is, c.Was = Gone, was, ""
	}
	d.list = append(d.list, c)
}

// processes compares by identity: a PID alone may be another process by now.
func (d *differ) processes() {
	old := map[string]Process{}
	for _, p := range d.before.Processes {
		old[p.Identity()] = p
	}
	for _, p := range d.after.Processes {
		before, ok := old[p.Identity()]
		delete(old, p.Identity())
		if !ok {
			d.add(AProcess, p.Identity(), 0, "", named(p))
			continue
		}
		if was := d.turned(before, p); was != "" {
			d.add(AProcess, p.Identity(), 0, was, named(p))
		}
	}
	for _, p := range d.before.Processes { // in order
		if _, gone := old[p.Identity()]; gone {
			d.add(AProcess, p.Identity(), 0, named(p), "")
		}
	}
}

// named is how a change calls a process.
func named(p Process) string { return fmt.Sprintf("%d %s", p.PID, p.Command) }

// turned says what a process was before it became as it is; "" when it is the
// same. In an ended one most is gone, and only its end is told.
func (d *differ) turned(before, now Process) string {
	if now.Zombie() {
		if before.Zombie() {
			return ""
		}
		return "alive, as " + before.Command
	}
	var was []string
	if before.Command != now.Command {
		was = append(was, before.Command)
	}
	if before.PPID != now.PPID {
		was = append(was, fmt.Sprintf("a child of %d", before.PPID))
	}
	if before.UID != now.UID {
		was = append(was, fmt.Sprintf("user %d", before.UID))
	}
	if before.Root != now.Root {
		was = append(was, "with root "+cmp.Or(before.Root, "/"))
	}
	for _, k := range Kinds {
		if a, b := before.Namespaces[k], now.Namespaces[k]; a != b && a != 0 && b != 0 {
			was = append(was, fmt.Sprintf("in %s %d", k, a))
		}
	}
	if before.Cgroup != now.Cgroup {
		was = append(was, "in cgroup "+before.Cgroup)
	}
	return strings.Join(was, ", ")
}

// namespaces compares those of a kind that have a process in them.
func (d *differ) namespaces(k Kind) {
	for _, id := range inUse(d.after, k) {
		if !d.lasted(k, id) {
			d.add(ANamespace, fmt.Sprint(k, " ", id), 0, "", fmt.Sprint(k, " ", id))
		}
	}
	for _, id := range inUse(d.before, k) {
		if !d.lasted(k, id) {
			d.add(ANamespace, fmt.Sprint(k, " ", id), 0, fmt.Sprint(k, " ", id), "")
		}
	}
}

// inUse lists the namespaces of a kind other than process 1's.
func inUse(s Scene, k Kind) []uint64 {
	var ids []uint64
	for _, p := range s.Processes {
		if id := p.Namespaces[k]; id != 0 && id != s.Here[k] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// lasted reports whether a namespace was there at both looks. The kernel gives
// a number again once it is free, so one process must have been in it both
// times.
func (d *differ) lasted(k Kind, id uint64) bool {
	if id == d.before.Here[k] && id == d.after.Here[k] {
		return true
	}
	was := map[string]bool{}
	for _, p := range d.before.In(k, id) {
		was[p.Identity()] = true
	}
	return slices.ContainsFunc(d.after.In(k, id), func(p Process) bool { return was[p.Identity()] })
}
