package mounts

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"drydock/cmd/box/applet"
)

// findmnt shows the mounts as the tree they are, each with how it passes new
// mounts on. See findmnt(8), mount_namespaces(7).
func findmnt(e *applet.Env, args []string) int {
	f, args, status, ok := e.Flags(args, "l|list n|noheadings o|output: R|submounts r|raw")
	if !ok {
		return status
	}
	if len(args) > 1 {
		return e.Misuse("want one target")
	}
	names := strings.Split(strings.ToUpper(f.Value("o", "TARGET,SOURCE,FSTYPE,PROPAGATION")), ",")
	for _, name := range names {
		if _, ok := cell(point{}, name); !ok {
			return e.Misuse("unknown column '" + name + "'")
		}
	}
	table, err := readTable()
	if err != nil {
		return e.Fail("/proc/self/mountinfo", err)
	}
	v := view{table: table, names: names, flat: f.Has("l") || f.Has("r")}
	if !f.Has("n") {
		v.rows = append(v.rows, names)
	}
	before := len(v.rows)
	if len(args) == 1 {
		path, err := absolute(args[0])
		if err != nil {
			return e.Fail(args[0], err)
		}
		for _, p := range table {
			if p.target == path {
				v.add(p, "", "", f.Has("R"))
			}
		}
	} else {
		v.roots()
	}
	if len(v.rows) == before {
		return applet.Failed // as its model: silent
	}
	e.Out.WriteString(applet.Columns(v.rows))
	return applet.OK
}

func absolute(path string) (string, error) {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// view is the table that is printed.
type view struct {
	table []point
	names []string
	flat  bool
	rows  [][]string
}

// roots adds all trees: the mounts whose parent is not to be seen.
func (v *view) roots() {
	for _, p := range v.table {
		if !slices.ContainsFunc(v.table, func(o point) bool { return o.id == p.parent && o.id != p.id }) {
			v.add(p, "", "", true)
		}
	}
}

// cell is what a mount shows in a column.
func cell(p point, name string) (string, bool) {
	switch name {
	case "TARGET":
		return p.target, true
	case "SOURCE":
		// A mount of a part of a file system, as a bind mount is, says which.
		if p.root != "/" && !strings.HasPrefix(p.root, "/..") && p.fstype != "cgroup2" {
			return p.source + "[" + p.root + "]", true
		}
		return p.source, true
	case "FSTYPE":
		return p.fstype, true
	case "OPTIONS":
		if p.super == "" {
			return p.options, true
		}
		return p.options + "," + p.super, true
	case "PROPAGATION":
		return p.propagation(), true
	case "ID":
		return strconv.Itoa(p.id), true
	case "PARENT":
		return strconv.Itoa(p.parent), true
	case "OPT-FIELDS":
		return strings.Join(p.optional, " "), true
	}
	return "", false
}

// add appends a mount, drawn behind first, and those below it behind rest.
func (v *view) add(p point, first, rest string, below bool) {
	row := make([]string, len(v.names))
	for i, name := range v.names {
		row[i], _ = cell(p, name)
		if name == "TARGET" && !v.flat {
			row[i] = first + row[i]
		}
	}
	v.rows = append(v.rows, row)
	if !below {
		return
	}
	var children []point
	for _, c := range v.table {
		if c.parent == p.id && c.id != p.id {
			children = append(children, c)
		}
	}
	for i, c := range children {
		if i == len(children)-1 {
			v.add(c, rest+"└─", rest+"  ", true)
		} else {
			v.add(c, rest+"├─", rest+"│ ", true)
		}
	}
}
