package drawing

import (
	"fmt"
	"strings"

	"drydock/labs/see"
)

// sentences tells the plan line by line, for the ear: what a drawing shows by
// place is said, and each line makes sense without the one before.
func (p plan) sentences() string {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	for _, line := range p.summary {
		for _, m := range []see.Mark{see.Came, see.Gone, see.Changed} {
			line = strings.TrimPrefix(line, string(m)+" ")
		}
		say("%s", line)
	}
	say("You are in %s.", strings.Replace(p.here.titles[0], ":", ", whose namespaces are", 1))
	tellRows(say, "", p.here.rows, "")
	for _, n := range p.roots {
		tell(say, n, nil)
	}
	return out.String()
}

// tell says what a process is, then what is about it, then its children.
func tell(say func(string, ...any), n, parent *node) {
	p := n.process
	name, about := describe(n)
	_, about, _ = strings.Cut(", "+about, ", ")
	sentence := "Process " + name
	switch {
	case parent != nil && parent.process.PID == p.PPID:
		sentence += fmt.Sprintf(", a child of %d", p.PPID)
	case parent != nil: // who started it is left out
		sentence += fmt.Sprintf(", started below %d", parent.process.PID)
	}
	say("%s%s, %s.", spoken(n.mark), sentence, about)
	if n.box != nil {
		around := "namespaces: " + n.box.titles[0]
		if n.box.name != "" {
			around = "the " + n.box.name
		}
		say("%sAround process %d, %s.", spoken(n.box.mark), p.PID, around)
		tellRows(say, fmt.Sprintf("Process %d: ", p.PID), n.box.rows, n.box.mark)
	}
	tellRows(say, fmt.Sprintf("Process %d: ", p.PID), n.rows, n.mark)
	for _, child := range n.children {
		tell(say, child, n)
	}
}

// tellRows says rows; of what came or went as a whole, each row did as well.
func tellRows(say func(string, ...any), whose string, rows []row, whole see.Mark) {
	for _, r := range rows {
		mark := r.mark
		if whole != "" && mark == "" && whole != see.Changed {
			mark = whole
		}
		say("%s%s%s: %s.", spoken(mark), whose, r.label, r.text)
		for i, layer := range r.stack {
			say("%s%s%s, layer %d from the top: %s.", spoken(mark), whose, r.label, i+1, layer.text+layer.note)
		}
	}
}

// spoken is a mark as a word.
func spoken(m see.Mark) string {
	switch m {
	case see.Came:
		return "New: "
	case see.Gone:
		return "Gone: "
	case see.Changed:
		return "Changed: "
	}
	return ""
}
