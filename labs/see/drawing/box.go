package drawing

import (
	"fmt"
	"slices"
	"strings"

	"drydock/labs/see"
)

// box plans what surrounds a process that is not in its parent's namespaces.
func (pl planner) box(p see.Process, differ, opened []see.Kind) *box {
	b := &box{mark: pl.boxMark(p, opened)}
	if len(opened) > 0 {
		b.kinds = append(b.kinds, textRow("new", words(opened)))
	}
	others := slices.DeleteFunc(slices.Clone(differ), func(k see.Kind) bool { return slices.Contains(opened, k) })
	b.kinds = append(b.kinds, pl.doors(p, others)...)
	b.titles = pl.titles(p, opened, b.kinds)
	for _, k := range []see.Kind{"user", "uts", "net", "mnt"} { // the longest last
		if slices.Contains(opened, k) {
			b.rows = append(b.rows, pl.inside(k, p.Namespaces[k])...)
		}
	}
	return b
}

// titles say what is new and what was joined: with the numbers of all new
// namespaces, of the first, of none.
func (pl planner) titles(p see.Process, opened []see.Kind, kinds []row) []string {
	said := func(numbered int) string {
		var parts []string
		for _, each := range kinds {
			if each.label == "new" {
				var names []string
				for i, k := range opened {
					if i < numbered {
						names = append(names, nameOf(k, p.Namespaces[k]))
						continue
					}
					names = append(names, string(k))
				}
				each.text = strings.Join(names, " ")
			}
			parts = append(parts, each.label+": "+each.text)
		}
		return strings.Join(parts, "; ")
	}
	return []string{said(len(opened)), said(1), said(0)}
}

// boxMark is what became of a box: it came when all its namespaces did.
func (pl planner) boxMark(p see.Process, opened []see.Kind) see.Mark {
	counts := map[see.Mark]int{}
	for _, k := range opened {
		counts[pl.namespaceMark(k, p.Namespaces[k])]++
	}
	switch {
	case len(opened) == 0: // it joined: the box is the process's
		process, _ := pl.changes.Of(see.AProcess, p.Identity(), 0)
		return process.Mark
	case counts[see.Came] == len(opened):
		return see.Came
	case counts[see.Gone] == len(opened):
		return see.Gone
	case counts[""] == len(opened):
		return ""
	}
	return see.Changed
}

// doors says whose namespaces a process joined, and of which kinds.
func (pl planner) doors(p see.Process, kinds []see.Kind) []row {
	var rows []row
	for _, k := range kinds {
		whose := fmt.Sprintf("joined %d", pl.Opener(k, p.Namespaces[k]).PID)
		if p.Namespaces[k] == pl.Here[k] {
			whose = "back in those of 1"
		}
		i := slices.IndexFunc(rows, func(r row) bool { return r.label == whose })
		if i < 0 {
			rows = append(rows, textRow(whose, string(k)))
			continue
		}
		rows[i].text += " " + string(k)
	}
	return rows
}

// words lists kinds of namespaces by name.
func words(kinds []see.Kind) string {
	text := ""
	for _, k := range kinds {
		text += " " + string(k)
	}
	return strings.TrimSpace(text)
}
