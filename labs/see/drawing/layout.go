package drawing

import (
	"fmt"
	"strings"

	"drydock/labs/see"

	xansi "github.com/charmbracelet/x/ansi"
)

// layout is a drawing on a grid of characters: x counts columns and y lines.
type layout struct {
	width, height int
	texts         []text
	frames        []frame
	branches      []branch
	rules         []rule
	bars          []bar
	marks         map[int]see.Mark // by line, for the margin
	differs       bool
	narrow        bool
	need          int // columns that would have been enough
}

// style is what a text is, for its colour.
type style int

const (
	ordinary style = iota
	muted
	strong
)

type text struct {
	x, y  int
	text  string
	style style
	mark  see.Mark
}

// frame is the border of a box, or of a stack of layers.
type frame struct {
	x, y, w, h int
	mark       see.Mark
}

// branch leads from a process at line top-1 to its child at line y.
type branch struct {
	x, top, y, length int
	boxed             bool // the child is in a box, the edge of which is met
}

// rule divides the layers of a stack, from border to border.
type rule struct {
	x, y, w int
	mark    see.Mark
}

// bar shows how much of a limit is used.
type bar struct {
	x, y, w int
	part    float64
	mark    see.Mark
}

// layOut draws into as many columns as there are, and then again into no more
// than were used.
func layOut(p plan, width int) *layout {
	narrow := width < narrowBelow
	first := &layout{width: width, narrow: narrow}
	first.plan(p)
	if first.need >= width {
		return first
	}
	second := &layout{width: max(first.need, minWidth), narrow: narrow}
	second.plan(p)
	return second
}

// narrowBelow is the width under which every column is needed.
const narrowBelow = 60

// plan draws everything, from the first line on.
func (l *layout) plan(p plan) {
	l.marks = map[int]see.Mark{}
	l.differs = p.differs
	left := 0
	if p.differs {
		left = 2 // the margin for marks
	}
	l.box(p.here, left, l.width, func(x, right int) {
		for _, n := range p.roots {
			l.node(n, x, right)
		}
	})
	for _, line := range p.summary {
		l.write(0, l.width, text{text: line})
	}
}

// title chooses the longest title of a box that fits. Where none does, the
// namespaces are its first rows.
func (l *layout) title(b box, width int) (string, []row) {
	for _, title := range b.titles {
		if xansi.StringWidth(title) <= width {
			return title, b.rows
		}
	}
	return "namespaces", append(append([]row{}, b.kinds...), b.rows...)
}

// box draws a box from column x up to right, with what is inside.
func (l *layout) box(b box, x, right int, inside func(x, right int)) {
	top := l.height
	title, rows := l.title(b, right-x-6)
	l.write(x+2, right-2, text{text: " " + title + " ", style: strong, mark: b.mark})
	from := l.height
	l.rows(rows, b.mark, x+2, right-2)
	inside(x+2, right-2)
	for y := from; y < l.height && b.mark != ""; y++ {
		if l.marks[y] == "" && b.mark != see.Changed {
			l.marks[y] = b.mark
		}
	}
	l.frames = append(l.frames, frame{x, top, right - x, l.height - top + 1, b.mark})
	l.mark(l.height, b.mark)
	l.height++
}

// node draws a process, the box around it if it has one, and its children.
func (l *layout) node(n *node, x, right int) {
	if n.box == nil {
		l.process(n, x, right)
		return
	}
	l.box(*n.box, x, right, func(x, right int) { l.process(n, x, right) })
}

// process draws a process, what is about it, and its children below.
func (l *layout) process(n *node, x, right int) {
	name, about := describe(n)
	wide := xansi.StringWidth(name)
	y := l.height
	// What is about the process gives way to its name, but not all of it.
	room := max(right-x-xansi.StringWidth(about)-2, (right-x)*2/3)
	l.want(x+wide+2+xansi.StringWidth(about), right)
	name = xansi.Truncate(name, min(room, right-x), "…")
	l.put(text{x: x, y: y, text: name, mark: n.mark})
	after := x + xansi.StringWidth(name) + 2
	if about != "" && right-after >= 4 {
		l.put(text{x: after, y: y, text: xansi.Truncate(about, right-after, "…"), style: muted, mark: n.mark})
	}
	l.mark(y, n.mark)
	l.height++
	indent := 3
	if l.narrow {
		indent = 2
	}
	l.rows(n.rows, n.mark, x+indent, right)
	top := l.height
	if len(n.rows) > 0 {
		top = y + 1
	}
	for _, child := range n.children {
		l.branches = append(l.branches, branch{x, top, l.height, indent - 1, child.box != nil})
		l.node(child, x+indent, right)
	}
}

// describe tells a process: its number and command, and what else there is to
// know about it.
func describe(n *node) (name, about string) {
	p := n.process
	name = fmt.Sprintf("%d %s", p.PID, clean(p.Command))
	var parts []string
	if n.you {
		parts = append(parts, "you are here")
	}
	if p.Zombie() {
		parts = append(parts, "ended, not reaped")
	}
	if inner := innerNumbers(p); inner != "" {
		parts = append(parts, "is "+inner+" inside")
	}
	if p.UID == 0 {
		parts = append(parts, "root")
	} else {
		parts = append(parts, fmt.Sprintf("user %d", p.UID))
	}
	if p.Root != "" {
		parts = append(parts, "root directory "+clean(p.Root))
	}
	if n.was != "" {
		parts = append(parts, "was "+n.was)
	}
	return name, strings.Join(parts, ", ")
}

// innerNumbers are a process's numbers in the PID namespaces below ours, from
// the outside in; "" when it is in ours.
func innerNumbers(p see.Process) string {
	var numbers []string
	for i := 1; i < len(p.NSpid); i++ {
		numbers = append(numbers, fmt.Sprint(p.NSpid[i]))
	}
	return strings.Join(numbers, ", then ")
}

// write puts a text on the next line, cut off at right.
func (l *layout) write(x, right int, t text) {
	l.want(x+xansi.StringWidth(t.text), right)
	t.x, t.y, t.text = x, l.height, xansi.Truncate(t.text, right-x, "…")
	l.put(t)
	l.mark(t.y, t.mark)
	l.height++
}

// put puts a text where it says.
func (l *layout) put(t text) {
	if t.text != "" {
		l.texts = append(l.texts, t)
	}
}

// want notes that something would end at column end, where it must stay left
// of right: what is right of that is borders.
func (l *layout) want(end, right int) {
	l.need = max(l.need, min(end, right)+l.width-right)
}

// mark marks a line in the margin; what stands there first stays.
func (l *layout) mark(y int, m see.Mark) {
	if m != "" && l.marks[y] == "" {
		l.marks[y] = m
	}
}
