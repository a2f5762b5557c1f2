package drawing

import (
	"drydock/labs/see"
	"fmt"
	"slices"
	"strings"
)

// mountChanges plans a row for each mount that came, went or changed in a
// namespace that was there before.
func (pl planner) mountChanges(id uint64) []row {
	var rows []row
	for _, c := range pl.changes.In(see.AMount, id) {
		text := c.Is
		if c.Was != "" {
			text += " (was " + c.Was + ")"
		}
		rows = append(rows, row{label: "mount", text: clean(text), mark: c.Mark, part: noBar})
	}
	return rows
}

// mounts plans a mount namespace: the root, an overlay as the stack it is, and
// the rest by what it is for. A bind shows a part of another file system, most
// often of one that is mounted elsewhere too. A mask is what hides a file or
// directory: /dev/null, or an empty file system that nobody can write to.
func (pl planner) mounts(id uint64) []row {
	var rows []row
	var own, bound, readOnly, masked, lost []string
	for _, ns := range pl.Mounts {
		if ns.Namespace != id {
			continue
		}
		for _, m := range ns.Mounts {
			sealed := slices.Contains(m.Options, "ro")
			switch {
			case m.Type == "overlay":
				rows = append(rows, stack(m))
			case m.Root == "/null" && !isDevNull(m.Target), m.Type == "tmpfs" && sealed && under(m.Target, "/proc", "/sys"):
				masked = append(masked, m.Target)
			case m.Root != "/" && sealed:
				readOnly = append(readOnly, m.Target)
			case m.Root != "/":
				bound = append(bound, m.Target)
			default:
				own = append(own, m.Type+" "+m.Target)
			}
		}
		if len(ns.Mounts) == 0 {
			own = append(own, "a copy, no mount of its own yet")
		}
		if ns.Lost > 0 {
			lost = append(lost, fmt.Sprintf("%d mounts from outside", ns.Lost))
		}
	}
	for _, each := range []struct {
		label string
		what  []string
	}{{"mounts", own}, {"binds", bound}, {"read-only", readOnly}, {"masked", masked}, {"not here", lost}} {
		if len(each.what) > 0 {
			rows = append(rows, textRow(each.label, strings.Join(each.what, ", ")))
		}
	}
	return rows
}

// isDevNull reports whether a path is where a root has its /dev/null: also the one
// that is being furnished has one, and there it hides nothing.
func isDevNull(target string) bool { return strings.HasSuffix(target, "/dev/null") }

// under reports whether a path is below one of the directories.
func under(target string, dirs ...string) bool {
	return slices.ContainsFunc(dirs, func(dir string) bool { return strings.HasPrefix(target, dir+"/") })
}

// stack plans an overlay: what is written goes to the top, and what is read
// comes from the first layer that has it.
func stack(m see.Mount) row {
	r := textRow("overlay", "on "+m.Target)
	if m.Upper != "" {
		r.stack = append(r.stack, level{text: "upper " + clean(m.Upper)})
	}
	for i, dir := range m.Lower {
		if i == mostLayers {
			r.stack = append(r.stack, level{text: fmt.Sprintf("lower … and %d more", len(m.Lower)-i)})
			break
		}
		r.stack = append(r.stack, level{text: "lower " + clean(dir)})
	}
	if m.Work != "" {
		// It is beside the upper directory: the end of its name is enough.
		r.text += ", work " + shortened(clean(m.Work), shortPath)
	}
	return r
}
