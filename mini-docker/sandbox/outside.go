package sandbox

import (
	"errors"
	"os"

	"drydock/mini-docker/sandbox/guest"
	"drydock/mini-docker/sandbox/subtree"
)

// outside is what a sandbox has outside of its namespaces, so that it does not
// go by itself when the last process does.
type outside struct {
	groups  *subtree.Subtree // nil where this user can make none
	scratch *scratch         // nil without Spec.Scratch
	refused []string         // what could not be had, a sentence each
}

// makeOutside makes what a sandbox has outside. Limits need cgroups and nothing
// else does, so it goes without where there can be none.
func makeOutside(s Spec, scratch *scratch, program *os.File) *outside {
	o := &outside{scratch: scratch}
	if !s.Cgroups {
		return o
	}
	if s.DropToUser && os.Geteuid() == 0 && subtree.Version() == 1 {
		o.refuse(subtree.ErrRootOnly) // as it is for an ordinary user
		return o
	}
	groups, err := subtree.Create(RootInside(s.DropToUser))
	if err == nil {
		if err = groups.Watch(program); err == nil {
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
	var errs []error
	if o.groups != nil {
		errs = append(errs, o.groups.Remove())
	}
	if o.scratch != nil {
		errs = append(errs, o.scratch.remove())
	}
	return errors.Join(errs...)
}
