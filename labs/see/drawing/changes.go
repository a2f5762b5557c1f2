package drawing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"drydock/labs/see"
)

// past is set in the number of a namespace that is gone: the kernel may have
// given the number to a new one meanwhile.
const past = 1 << 63

// withGone returns the scene with what is in it no more: the processes behind
// the living, whose numbers they may have, and what was in their namespaces.
func withGone(s see.Scene, c see.Changes) see.Scene {
	gone := map[string]bool{}
	for _, change := range c.List {
		if change.Mark == see.Gone {
			gone[change.What+" "+change.Key] = true
		}
	}
	number := func(k see.Kind, id uint64) uint64 {
		if gone[see.ANamespace+" "+nameOf(k, id)] {
			return id | past
		}
		return id
	}
	s.Processes = slices.Clone(s.Processes)
	for _, p := range c.Before.Processes {
		if !gone[see.AProcess+" "+p.Identity()] {
			continue
		}
		p.Namespaces = maps.Clone(p.Namespaces)
		for k, id := range p.Namespaces {
			p.Namespaces[k] = number(k, id)
		}
		s.Processes = append(s.Processes, p)
	}
	s.Hosts = joined(s.Hosts, c.Before.Hosts, func(h *see.Host) *uint64 { return &h.Namespace }, "uts", number)
	s.Users = joined(s.Users, c.Before.Users, func(u *see.UserMap) *uint64 { return &u.Namespace }, "user", number)
	s.Mounts = joined(s.Mounts, c.Before.Mounts, func(m *see.MountNamespace) *uint64 { return &m.Namespace }, "mnt", number)
	s.Networks = joined(s.Networks, c.Before.Networks, func(n *see.Network) *uint64 { return &n.Namespace }, "net", number)
	for _, g := range c.Before.Cgroups {
		if gone[see.ACgroup+" "+g.Path] {
			s.Cgroups = append(slices.Clone(s.Cgroups), g)
		}
	}
	return s
}

// joined returns now, and of before what was in namespaces that are gone.
func joined[T any](now, before []T, id func(*T) *uint64, k see.Kind, number func(see.Kind, uint64) uint64) []T {
	all := slices.Clone(now)
	for _, old := range before {
		place := id(&old)
		if *place = number(k, *place); *place&past != 0 {
			all = append(all, old)
		}
	}
	return all
}

// nameOf is what a namespace is called, as Change.Key and for people.
func nameOf(k see.Kind, id uint64) string { return fmt.Sprint(k, " ", id&^past) }

// namespaceMark is what became of a namespace.
func (pl planner) namespaceMark(k see.Kind, id uint64) see.Mark {
	mark := see.Came
	if id&past != 0 {
		mark = see.Gone
	}
	for _, c := range pl.changes.List {
		if c.What == see.ANamespace && c.Key == nameOf(k, id) && c.Mark == mark {
			return mark
		}
	}
	return ""
}

// plurals are the things that change, in the order in which they are counted.
var plurals = [...][2]string{
	{see.AProcess, "processes"}, {see.ANamespace, "namespaces"}, {see.AHost, "host names"},
	{see.AnIDMap, "maps of user ids"}, {see.AMount, "mounts"}, {see.ALink, "interfaces"}, {see.ACgroup, "cgroups"}, {see.AnImage, "images"}, {see.APort, "ports"}, {see.AService, "services"},
}

// summary counts the changes, a line for each mark.
func summary(c see.Changes) []string {
	if len(c.List) == 0 {
		return []string{"Nothing has changed since the last look."}
	}
	lines := []string{"Since the last look:"}
	for _, each := range []struct {
		mark see.Mark
		word string
	}{{see.Came, "came"}, {see.Gone, "gone"}, {see.Changed, "changed"}} {
		var parts []string
		for _, words := range plurals {
			n := 0
			for _, change := range c.List {
				if change.Mark == each.mark && change.What == words[0] {
					n++
				}
			}
			switch n {
			case 0:
			case 1:
				parts = append(parts, "1 "+words[0])
			default:
				parts = append(parts, fmt.Sprintf("%d %s", n, words[1]))
			}
		}
		if len(parts) > 0 {
			lines = append(lines, fmt.Sprintf("%s %s: %s", each.mark, each.word, strings.Join(parts, ", ")))
		}
	}
	return lines
}
