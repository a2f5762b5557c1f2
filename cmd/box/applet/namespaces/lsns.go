package namespaces

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"drydock/cmd/box/applet"
	"drydock/cmd/box/applet/proc"
)

// group is one namespace with the processes in it.
type group struct {
	inode   uint64
	kind    string
	members []proc.Process
}

// lsns lists the namespaces of the processes in /proc, each with its first
// process. See lsns(8).
func lsns(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "t|type: p|task:")
	if !ok {
		return status
	}
	if len(args) > 0 {
		return e.Misuse("unknown argument '" + args[0] + "'")
	}
	all, err := proc.List()
	if err != nil {
		return e.Fail("/proc", err)
	}
	groups := collect(all)
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.members[0].PID, b.members[0].PID), strings.Compare(a.kind, b.kind), cmp.Compare(a.inode, b.inode))
	})
	rows := [][]string{{"NS", "TYPE", "NPROCS", "PID", "COMMAND"}}
	for _, g := range groups {
		if f.Has("t") && f.Value("t", "") != g.kind || f.Has("p") && !g.holds(f.Value("p", "")) {
			continue
		}
		first := g.members[0]
		rows = append(rows, []string{
			strconv.FormatUint(g.inode, 10), g.kind, strconv.Itoa(len(g.members)), strconv.Itoa(first.PID), first.Command(),
		})
	}
	e.Out.WriteString(applet.Columns(rows))
	return applet.OK
}

func (g *group) holds(pid string) bool {
	return slices.ContainsFunc(g.members, func(p proc.Process) bool { return strconv.Itoa(p.PID) == pid })
}

// collect sorts processes by the namespaces they are in. Those of other users
// cannot be looked at and are left out.
func collect(all []proc.Process) []*group {
	known := map[string]*group{}
	var groups []*group
	for _, p := range all {
		for _, k := range kinds() {
			link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", p.PID, k.name)) // "uts:[4026531838]"
			if err != nil {
				continue
			}
			g := known[link]
			if g == nil {
				number := strings.Trim(strings.TrimPrefix(link, k.name+":"), "[]")
				inode, _ := strconv.ParseUint(number, 10, 64)
				g = &group{inode: inode, kind: k.name}
				known[link] = g
				groups = append(groups, g)
			}
			g.members = append(g.members, p)
		}
	}
	return groups
}
