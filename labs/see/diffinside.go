package see

import (
	"fmt"
	"slices"
	"strings"
)

// What is inside of namespaces that were there at both looks, and the groups.

func (d *differ) hosts() {
	d.compare(AHost, "uts", hostnames(d.before), hostnames(d.after))
}

func (d *differ) idMaps() {
	d.compare(AnIDMap, "user", idMaps(d.before), idMaps(d.after))
}

func (d *differ) links() {
	d.compare(ALink, "net", linksIn(d.before), linksIn(d.after))
}

func (d *differ) ports() {
	d.compare(APort, "net", portsIn(d.before), portsIn(d.after))
}

func (d *differ) services() {
	d.compare(AService, "net", servicesIn(d.before), servicesIn(d.after))
}

func (d *differ) mounts() {
	d.compare(AMount, "mnt", mountsOf(d.before), mountsOf(d.after))
}

// thing is where something is and what it is called there.
type thing struct {
	namespace uint64
	key       string
}

// compare tells the differences between things that are told in words, in
// namespaces that lasted.
func (d *differ) compare(what string, k Kind, before, after map[thing]string) {
	var all []thing
	for t := range before {
		all = append(all, t)
	}
	for t := range after {
		if _, both := before[t]; !both {
			all = append(all, t)
		}
	}
	slices.SortFunc(all, func(a, b thing) int {
		return order(a.namespace, b.namespace)*2 + strings.Compare(a.key, b.key)
	})
	for _, t := range all {
		if d.lasted(k, t.namespace) {
			d.add(what, t.key, t.namespace, before[t], after[t])
		}
	}
}

// The things in a scene, each told in the words that a change shows. Where
// there is one in a namespace it needs no key.

func hostnames(s Scene) map[thing]string {
	words := map[thing]string{}
	for _, h := range s.Hosts {
		words[thing{h.Namespace, ""}] = h.Name
	}
	return words
}

func idMaps(s Scene) map[thing]string {
	words := map[thing]string{}
	for _, u := range s.Users {
		words[thing{u.Namespace, ""}] = u.String()
	}
	return words
}

// String tells the ranges, each as `inside 0 = outside 1000`.
func (u UserMap) String() string {
	var ranges []string
	for _, r := range u.Ranges {
		if r.Size == 1 {
			ranges = append(ranges, fmt.Sprintf("%d inside is %d outside", r.Inside, r.Outside))
			continue
		}
		ranges = append(ranges, fmt.Sprintf("%d to %d inside are %d to %d outside",
			r.Inside, r.Inside+r.Size-1, r.Outside, r.Outside+r.Size-1))
	}
	if len(ranges) == 0 {
		return "no map yet: everyone is nobody"
	}
	return strings.Join(ranges, ", ")
}

func linksIn(s Scene) map[thing]string {
	words := map[thing]string{}
	for _, n := range s.Networks {
		for _, l := range n.Links {
			words[thing{n.Namespace, l.Name}] = l.String()
		}
	}
	return words
}

func portsIn(s Scene) map[thing]string {
	words := map[thing]string{}
	for _, n := range s.Networks {
		for _, p := range n.Ports {
			words[thing{n.Namespace, p.Listens}] = p.String()
		}
	}
	return words
}

func servicesIn(s Scene) map[thing]string {
	words := map[thing]string{}
	for _, n := range s.Networks {
		for _, each := range n.Services {
			words[thing{n.Namespace, each.Address}] = each.String()
		}
	}
	return words
}

// String is the name with what it is and the addresses. A bridge's ports need
// none.
func (l Link) String() string {
	text := l.Name
	if len(l.Addresses) > 0 {
		text += " " + strings.Join(l.Addresses, " ")
	} else if l.Bridge == "" {
		text += " without address"
	}
	if l.Gateway != "" {
		text += " by way of " + l.Gateway
	}
	if l.Kind != "" && l.Kind != "veth" {
		text += ", a " + l.Kind
	}
	if l.Bridge != "" {
		text += ", a port of " + l.Bridge
	}
	return text
}

// mountsOf tells each mount; several on one target are counted, since none but
// the last is seen.
func mountsOf(s Scene) map[thing]string {
	words := map[thing]string{}
	for _, n := range s.Mounts {
		times := map[string]int{}
		for _, m := range n.Mounts {
			times[m.Target]++
			key := m.Target
			if n := times[m.Target]; n > 1 {
				key = fmt.Sprintf("%s, number %d", m.Target, n)
			}
			words[thing{n.Namespace, key}] = m.String()
		}
	}
	return words
}

// String tells what is mounted where, and whether it is shared with others.
func (m Mount) String() string {
	text := m.Type + " on " + m.Target
	if m.Root != "/" {
		text = m.Root + " of " + text
	}
	if slices.Contains(m.Options, "ro") {
		text += ", read-only"
	}
	if m.Propagation != "private" {
		text += ", " + m.Propagation
	}
	return text
}

// cgroups compares the groups that hold a process, by path.
func (d *differ) cgroups() {
	before, after := limits(d.before), limits(d.after)
	for _, g := range d.before.Cgroups {
		if _, left := after[g.Path]; !left {
			d.add(ACgroup, g.Path, 0, before[g.Path], "")
		}
	}
	for _, g := range d.after.Cgroups {
		d.add(ACgroup, g.Path, 0, before[g.Path], after[g.Path])
	}
}

// images compares by id: a name that moved on changes two.
func (d *differ) images() {
	words := func(s Scene) map[string]string {
		all := map[string]string{}
		for _, i := range s.Images {
			all[i.ID] = i.String()
		}
		return all
	}
	before, after := words(d.before), words(d.after)
	for _, i := range d.before.Images {
		if _, left := after[i.ID]; !left {
			d.add(AnImage, i.ID, 0, before[i.ID], "")
		}
	}
	for _, i := range d.after.Images {
		d.add(AnImage, i.ID, 0, before[i.ID], after[i.ID])
	}
}

// limits tells what each group may use. What it does use changes all the time.
func limits(s Scene) map[string]string {
	words := map[string]string{}
	for _, g := range s.Cgroups {
		words[g.Path] = g.String()
	}
	return words
}

// String is the path with the limits.
func (g Cgroup) String() string {
	text := g.Path
	if g.MemoryMaxBytes > 0 {
		text += ", memory at most " + Bytes(g.MemoryMaxBytes)
	}
	if g.TasksMax > 0 {
		text += fmt.Sprintf(", tasks at most %d", g.TasksMax)
	}
	return text
}

// Bytes writes an amount of memory with a binary unit.
func Bytes(n uint64) string {
	const unit = 1024
	value, exponent := float64(n), 0
	for value >= unit && exponent < 4 {
		value /= unit
		exponent++
	}
	if exponent == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", value), ".0") + " " + string(" KMGT"[exponent]) + "iB"
}
