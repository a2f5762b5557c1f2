package sandbox

import (
	"errors"

	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/subtree"
)

// outside is what a sandbox has outside of its namespaces, so that it does not
// go by itself when the last process does.
type outside struct {
	groups  *subtree.Subtree // nil where this user can make none
	refused []string         // what could not be had, a sentence each
}

// makeOutside makes what a sandbox has outside. Limits need cgroups and nothing
// else does, so it goes without where there can be none.
func makeOutside(s Spec) *outside {
	o := &outside{}
	if !s.Cgroups {
		return o
	}
	owner := -1
	if becomesNobody(s.DropToUser) {
		owner = nobody
	}
	groups, err := subtree.Create(owner)
	if err == nil {
		if err = groups.Watch(); err == nil {
			o.groups = groups
			return o
		}
		err = errors.Join(err, groups.Remove())
	}
	o.refuse(err)
	return o
}

// refuse records why there are no cgroups.
func (o *outside) refuse(err error) {
	o.refused = append(o.refused, "no limits on memory, CPU time and processes inside: "+err.Error())
}

// join moves init into the groups, and returns what it is to mount.
func (o *outside) join(pid int) (all []guest.Cgroup) {
	if o.groups == nil {
		return nil
	}
	if err := o.groups.Add(pid); err != nil {
		o.refuse(err)
		return nil
	}
	for _, tree := range o.groups.Trees {
		all = append(all, guest.Cgroup{Name: tree.Name, Controllers: tree.Controllers})
	}
	return all
}

// thaw lets what was paused inside run on, so that it can die.
func (o *outside) thaw() {
	if o.groups != nil {
		o.groups.Thaw()
	}
}

// remove removes it all, once nothing lives inside any more.
func (o *outside) remove() error {
	if o.groups == nil {
		return nil
	}
	return o.groups.Remove()
}
