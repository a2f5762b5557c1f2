package drawing

import (
	"slices"

	"drydock/labs/see"
)

// plan is what there is to draw: the box of process 1's namespaces, with the
// processes that have no parent to be seen.
type plan struct {
	here    box
	roots   []*node
	differs bool     // changes are marked
	summary []string // what changed, a line for each mark
}

// node is a process.
type node struct {
	process  see.Process
	mark     see.Mark
	was      string
	you      bool  // it asked for the drawing
	box      *box  // around it and its children; nil: it is in its parent's namespaces
	rows     []row // about the process itself: its control group
	children []*node
}

// box is a set of namespaces that one process is the first of, or joined.
type box struct {
	name   string   // of a node or a pod; "" for what is namespaces alone
	titles []string // that say the same, the longest first: what fits is drawn
	kinds  []row    // what the titles say, for when none fits
	mark   see.Mark
	rows   []row
}

// row is a line about what a box or a process has.
type row struct {
	label string
	text  string
	mark  see.Mark
	part  float64 // of a limit that is used: a bar; otherwise negative
	path  bool    // the text is a path, of which the end matters
	stack []level // the layers of an overlay or an image, from the top; nil otherwise
}

// level is one of a stack.
type level struct {
	text string // a word, and the path or the name, of which the end matters
	note string // what else there is to say
}

// planner makes a plan of a scene to which what is gone has been added.
type planner struct {
	see.Scene
	changes see.Changes
}

// planOf plans a scene; with changes, also what is in it no more.
func planOf(s see.Scene, o Options) plan {
	p := plan{differs: o.Changes != nil}
	pl := planner{Scene: s}
	if o.Changes != nil {
		pl.changes = *o.Changes
		pl.Scene = withGone(s, *o.Changes)
		p.summary = summary(*o.Changes)
	}
	if o.Images {
		p.here = box{titles: []string{"the images kept here", "images"}, rows: pl.images()}
		return p
	}
	if o.Cluster {
		p.here, p.roots = pl.cluster()
		return p
	}
	p.here = pl.surroundings()
	byParent := map[string][]see.Process{}
	for _, each := range pl.Processes {
		parent, _ := pl.Parent(each)
		byParent[parent.Identity()] = append(byParent[parent.Identity()], each)
	}
	nobody := see.Process{}.Identity()
	for _, each := range byParent[nobody] {
		p.roots = append(p.roots, pl.node(each, byParent))
	}
	return p
}

// node plans a process and, below it, its children.
func (pl planner) node(p see.Process, byParent map[string][]see.Process) *node {
	n := &node{process: p, you: p.PID == pl.You}
	if change, ok := pl.changes.Of(see.AProcess, p.Identity(), 0); ok {
		n.mark, n.was = change.Mark, clean(change.Was)
	}
	differ, opened := pl.Opened(p)
	if len(differ) > 0 {
		n.box = pl.box(p, differ, opened)
	}
	if pl.regrouped(p) {
		rows := pl.group(p.Cgroup)
		if n.box != nil {
			n.box.rows = append(n.box.rows, rows...)
		} else {
			n.rows = rows
		}
	}
	for _, child := range byParent[p.Identity()] {
		n.children = append(n.children, pl.node(child, byParent))
	}
	return n
}

// regrouped reports whether a process is in another control group than its
// parent. Without a parent to be seen, only a group with limits is worth it.
func (pl planner) regrouped(p see.Process) bool {
	if parent, ok := pl.Parent(p); ok {
		return parent.Cgroup != p.Cgroup && p.Cgroup != ""
	}
	return slices.ContainsFunc(pl.Cgroups, func(g see.Cgroup) bool {
		return g.Path == p.Cgroup && (g.MemoryMaxBytes > 0 || g.TasksMax > 0)
	})
}
