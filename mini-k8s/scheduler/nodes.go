package scheduler

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/scheduler/plugin"

	corev1 "k8s.io/api/core/v1"
)

// Nodes is what the scheduler believes of the nodes: what runs there, and what
// it has assumed to run there since it decided so. An assumed pod takes its room
// at once, so that the next decision need not wait until the API server has
// told of this one.
type Nodes struct {
	mutex  sync.Mutex
	nodes  map[string]*plugin.Node
	placed map[client.Key]*corev1.Pod // by which node it is counted on
}

// NewNodes returns no nodes.
func NewNodes() *Nodes {
	return &Nodes{nodes: map[string]*plugin.Node{}, placed: map[client.Key]*corev1.Pod{}}
}

// at returns a node. One of which only a pod is known has no object yet.
func (n *Nodes) at(name string) *plugin.Node {
	if n.nodes[name] == nil {
		n.nodes[name] = plugin.NewNode()
	}
	return n.nodes[name]
}

// SetNode takes over how a node is now; nil when it is gone.
func (n *Nodes) SetNode(name string, node *corev1.Node) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.at(name).Node = node
}

// Place counts a pod on the node that its spec names: because it runs there, or
// is assumed to.
func (n *Nodes) Place(pod *corev1.Pod) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.remove(client.KeyOf(pod))
	n.placed[client.KeyOf(pod)] = pod
	n.at(pod.Spec.NodeName).Put(pod)
}

// Remove counts a pod out.
func (n *Nodes) Remove(key client.Key) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	n.remove(key)
}

func (n *Nodes) remove(key client.Key) {
	if before := n.placed[key]; before != nil {
		n.at(before.Spec.NodeName).Take(before)
		delete(n.placed, key)
	}
}

// Pick returns the best node for a pod, or why there is none. Of equals it is the
// one with the fewest pods.
func (n *Nodes) Pick(pod *corev1.Pod) (string, *FitError) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	refused := &FitError{reasons: map[string]int{}}
	best, most := "", int64(-1)
	for _, name := range slices.Sorted(maps.Keys(n.nodes)) {
		node := n.nodes[name]
		if node.Node == nil {
			continue
		}
		refused.nodes++
		reasons := filter(pod, node)
		for _, reason := range reasons {
			refused.reasons[reason]++
		}
		if len(reasons) > 0 {
			continue
		}
		score := score(pod, node)
		if score > most || score == most && len(node.Pods) < len(n.nodes[best].Pods) {
			best, most = name, score
		}
	}
	if best == "" {
		return "", refused
	}
	return best, nil
}

func filter(pod *corev1.Pod, node *plugin.Node) []string {
	for _, each := range plugin.Filters() {
		if reasons := each.Filter(pod, node); len(reasons) > 0 {
			return reasons
		}
	}
	return nil
}

func score(pod *corev1.Pod, node *plugin.Node) (sum int64) {
	for _, each := range plugin.Scores() {
		sum += each.Weight * each.Score.Score(pod, node)
	}
	return sum
}

// FitError says why no node takes a pod, in kube-scheduler's words.
type FitError struct {
	nodes   int
	reasons map[string]int
}

func (e *FitError) Error() string {
	if e.nodes == 0 {
		return "no nodes available to schedule pods"
	}
	var shown []string
	for reason, count := range e.reasons {
		shown = append(shown, fmt.Sprintf("%d %s", count, reason))
	}
	slices.SortFunc(shown, cmp.Compare)
	return fmt.Sprintf("0/%d nodes are available: %s.", e.nodes, strings.Join(shown, ", "))
}
