package drawing

import (
	"path"
	"slices"
	"strings"

	"drydock/labs/see"
)

// pauseName is the process that holds a pod's namespaces.
const pauseName = "pause"

// cluster plans the nodes of a cluster, the pods on each and the first process of
// each container, and the Services as the first node knows them. What stands between
// them, shims and kubelets, is left out, as are mounts and limits.
func (pl planner) cluster() (around box, nodes []*node) {
	around = box{titles: []string{"the cluster"}}
	for _, each := range pl.Processes {
		if isNode(each) {
			nodes = append(nodes, pl.clusterNode(each))
		}
	}
	slices.SortFunc(nodes, byName)
	if len(nodes) == 0 {
		around.rows = []row{textRow("nodes", "none is to be seen here: `mini-k8s up` starts a cluster")}
		return around, nil
	}
	for _, n := range pl.Networks {
		if n.Namespace == nodes[0].process.Namespaces["net"] {
			around.rows = pl.services(n)
		}
	}
	return around, nodes
}

func byName(a, b *node) int { return strings.Compare(a.box.name, b.box.name) }

// isNode reports whether a process is the first of a node.
func isNode(p see.Process) bool {
	words := strings.Fields(p.Command)
	return len(words) > 1 && path.Base(words[0]) == "mini-k8s" && words[1] == "node-init"
}

// clusterNode plans a node and its pods, by name.
func (pl planner) clusterNode(p see.Process) *node {
	n := pl.named("node", p)
	for _, each := range pl.Processes {
		if each.Command == pauseName && pl.isBelow(each, p) {
			n.children = append(n.children, pl.clusterPod(each))
		}
	}
	slices.SortFunc(n.children, byName)
	return n
}

// clusterPod plans a pod and the first process of each of its containers.
func (pl planner) clusterPod(pause see.Process) *node {
	n := pl.named("pod", pause)
	for _, each := range pl.In("net", pause.Namespaces["net"]) {
		if _, opened := pl.Opened(each); each.PID != pause.PID && slices.Contains(opened, "pid") {
			n.children = append(n.children, &node{process: each, mark: pl.markOf(each)})
		}
	}
	return n
}

// named plans a box that is called by its host name and its first address.
func (pl planner) named(what string, p see.Process) *node {
	name := what
	for _, h := range pl.Hosts {
		if h.Namespace == p.Namespaces["uts"] && h.Name != "" {
			name += " " + clean(h.Name)
		}
	}
	short := name
	if address := pl.addressOf(p.Namespaces["net"]); address != "" {
		name += ", " + address
	}
	return &node{process: p, mark: pl.markOf(p), box: &box{name: name, titles: []string{name, short}, mark: pl.markOf(p)}}
}

// addressOf is the first address of a network namespace by which others reach it.
func (pl planner) addressOf(id uint64) string {
	for _, n := range pl.Networks {
		for _, l := range n.Links {
			if n.Namespace != id || l.Name != "eth0" || len(l.Addresses) == 0 {
				continue
			}
			address, _, _ := strings.Cut(l.Addresses[0], "/")
			return address
		}
	}
	return ""
}

func (pl planner) markOf(p see.Process) see.Mark {
	change, _ := pl.changes.Of(see.AProcess, p.Identity(), 0)
	return change.Mark
}

// isBelow reports whether a process comes from another.
func (pl planner) isBelow(p, other see.Process) bool {
	for above, ok := pl.Parent(p); ok; above, ok = pl.Parent(above) {
		if above.Identity() == other.Identity() {
			return true
		}
	}
	return false
}
