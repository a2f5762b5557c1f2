package drawing

import (
	"fmt"
	"strings"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

// noBar is the part of a row that has no limit.
const noBar = -1

func textRow(label, text string) row { return row{label: label, text: clean(text), part: noBar} }

// surroundings plans the box that everything is in. Of its mounts only what
// changed is shown: the rest is the system's.
func (pl planner) surroundings() box {
	title := "this sandbox"
	if pl.Machine {
		title = "this machine"
	}
	var names []string
	for _, k := range see.Kinds {
		if id := pl.Here[k]; id != 0 && k != "time" && len(pl.Inherited) == 0 {
			names = append(names, nameOf(k, id))
		}
	}
	b := box{titles: []string{strings.TrimSuffix(title+": "+strings.Join(names, " "), ": "), title}}
	b.rows = append(b.rows, pl.host(pl.Here["uts"])...)
	b.rows = append(b.rows, pl.links(pl.Here["net"])...)
	b.rows = append(b.rows, pl.mountChanges(pl.Here["mnt"])...)
	b.rows = append(b.rows, pl.images()...)
	b.rows = append(b.rows, pl.hidden()...)
	if len(pl.Processes) == 0 {
		b.rows = append(b.rows, textRow("processes", "none that is in namespaces of its own"))
	}
	return b
}

// mostHidden is how many processes are named of which little may be read.
const mostHidden = 6

// hidden says what the kernel does not show to who looks.
func (pl planner) hidden() []row {
	if len(pl.Hidden) == 0 {
		return nil
	}
	if pl.Machine {
		return []row{textRow("not shown", fmt.Sprintf("the namespaces of %d processes of other users: root sees them", len(pl.Hidden)))}
	}
	var numbers []string
	for i, pid := range pl.Hidden {
		if i == mostHidden {
			numbers = append(numbers, fmt.Sprintf("%d more", len(pl.Hidden)-i))
			break
		}
		numbers = append(numbers, fmt.Sprint(pid))
	}
	why := ": the kernel shows them to nobody who has fewer rights"
	if len(pl.Inherited) > 0 {
		why = ": you are in a user namespace, and they are outside of it"
	}
	return []row{textRow("not shown", "the namespaces of "+strings.Join(numbers, ", ")+why)}
}

// inside plans what is in a new namespace. What came or went as a whole did so
// with all that is in it.
func (pl planner) inside(k see.Kind, id uint64) []row {
	var rows []row
	switch k {
	case "uts":
		rows = pl.host(id)
	case "user":
		rows = pl.ids(id)
	case "net":
		rows = pl.links(id)
	case "mnt":
		rows = append(pl.mounts(id), pl.mountChanges(id)...)
	}
	if mark := pl.namespaceMark(k, id); mark != "" {
		for i := range rows {
			rows[i].mark = mark
		}
	}
	return rows
}

// changed marks a row by what became of a thing.
func (pl planner) changed(r row, what, key string, namespace uint64) row {
	change, _ := pl.changes.Of(what, key, namespace)
	r.mark = change.Mark
	if change.Was != "" {
		r.text += " (was " + clean(change.Was) + ")"
	}
	return r
}

// host plans the host name of a UTS namespace, where it could be read.
func (pl planner) host(id uint64) []row {
	for _, h := range pl.Hosts {
		if h.Namespace == id && h.Name != "" {
			return []row{pl.changed(textRow("host name", h.Name), see.AHost, "", id)}
		}
	}
	return nil
}

// ids plans how a user namespace maps ids: the line that rootless containers
// live by.
func (pl planner) ids(id uint64) []row {
	for _, u := range pl.Users {
		if u.Namespace == id {
			return []row{pl.changed(textRow("user ids", u.String()), see.AnIDMap, "", id)}
		}
	}
	return nil
}

// links plans a row for each interface and each published port, also for those
// that are gone.
func (pl planner) links(id uint64) []row {
	var rows []row
	for _, n := range pl.Networks {
		if n.Namespace != id {
			continue
		}
		for _, l := range n.Links {
			rows = append(rows, pl.changed(textRow("interface", l.String()+pl.wire(l)), see.ALink, l.Name, id))
		}
		rows = append(rows, pl.gone(see.ALink, "interface", id)...)
		for _, p := range n.Ports {
			rows = append(rows, pl.changed(textRow("port", p.String()), see.APort, p.Listens, id))
		}
		rows = append(rows, pl.gone(see.APort, "port", id)...)
		rows = append(rows, pl.services(n)...)
	}
	return rows
}

// services plans a row for each Service that is known in a network namespace.
func (pl planner) services(n see.Network) []row {
	var rows []row
	for _, each := range n.Services {
		rows = append(rows, pl.changed(textRow("service", each.String()), see.AService, each.Address, n.Namespace))
	}
	return append(rows, pl.gone(see.AService, "service", n.Namespace)...)
}

// gone plans a row for each thing of a kind that is not there any more.
func (pl planner) gone(what, label string, id uint64) []row {
	var rows []row
	for _, c := range pl.changes.In(what, id) {
		if c.Mark == see.Gone {
			rows = append(rows, row{label: label, text: clean(c.Is), mark: c.Mark, part: noBar})
		}
	}
	return rows
}

// wire says where the other end of a veth is.
func (pl planner) wire(l see.Link) string {
	switch {
	case l.Peer == nil:
		return ""
	case l.Peer.Namespace == pl.Here["net"]:
		return ", wired to " + l.Peer.Name + " out here"
	}
	opener := pl.Opener("net", l.Peer.Namespace)
	return fmt.Sprintf(", wired to %s of %d", l.Peer.Name, opener.PID)
}

// shortPath is how much of a path stands beside a word.
const shortPath = 24

// group plans a control group with bars of what it uses of its limits.
func (pl planner) group(name string) []row {
	rows := []row{pl.changed(textRow("cgroup", name), see.ACgroup, name, 0)}
	rows[0].path = true
	for _, g := range pl.Cgroups {
		if g.Path != name {
			continue
		}
		if g.MemoryBytes != nil {
			used := *g.MemoryBytes
			rows = append(rows, amount("memory", see.Bytes(used), see.Bytes(g.MemoryMaxBytes), used, g.MemoryMaxBytes))
		}
		if g.Tasks != nil {
			rows = append(rows, amount("tasks", fmt.Sprint(*g.Tasks), fmt.Sprint(g.TasksMax), *g.Tasks, g.TasksMax))
		}
	}
	for i := range rows {
		rows[i].mark = rows[0].mark
	}
	return rows
}

// amount plans a bar of what is used of a limit, or says that there is none.
func amount(label, usedText, limitText string, used, limit uint64) row {
	if limit == 0 {
		return textRow(label, usedText+", no limit")
	}
	return row{label: label, text: usedText + " of " + limitText, part: min(1, float64(used)/float64(limit))}
}

// clean makes text of others fit to print: a command line may hold escape
// codes and line ends.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t', r == '\r':
			return ' '
		case xansi.StringWidth(string(r)) == 0, r == '\uFFFD':
			return '?'
		}
		return r
	}, text)
}
