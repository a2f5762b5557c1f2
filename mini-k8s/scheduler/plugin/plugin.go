// Package plugin holds what a scheduler asks of a node, a question a file: does
// a pod fit there (Filter), and how well (Score). A plugin knows one pod and one
// node and nothing of queues or the API server. The names and the words are
// kube-scheduler's.
package plugin

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Node is a node and what runs there, or has been promised to.
type Node struct {
	*corev1.Node
	Pods    map[types.UID]*corev1.Pod
	used    Resources // what they request together
	counted Resources // what they count for in a score
}

// NewNode returns a node on which nothing runs.
func NewNode() *Node {
	return &Node{Pods: map[types.UID]*corev1.Pod{}, used: Resources{}, counted: Resources{}}
}

// Put counts a pod in, in the place of what was known of it.
func (n *Node) Put(pod *corev1.Pod) {
	n.Take(pod)
	n.Pods[pod.UID] = pod
	n.used.Add(Requests(pod), 1)
	n.counted.Add(atLeast(pod), 1)
}

// Take counts a pod out.
func (n *Node) Take(pod *corev1.Pod) {
	if before := n.Pods[pod.UID]; before != nil {
		n.used.Add(Requests(before), -1)
		n.counted.Add(atLeast(before), -1)
		delete(n.Pods, pod.UID)
	}
}

// Filter says why a pod cannot run on a node; nothing when it can. The reasons
// stand in the pod's events, after the number of nodes that they hold for.
type Filter interface {
	Filter(pod *corev1.Pod, node *Node) (reasons []string)
}

// MaxScore is what the best node gets.
const MaxScore = 100

// Score says how well a pod would stand on a node: 0 to MaxScore.
type Score interface {
	Score(pod *corev1.Pod, node *Node) int64
}

// Filters are asked in this order; the first that refuses a node decides.
func Filters() []Filter {
	return []Filter{Unschedulable{}, Taints{}, NodeAffinity{}, Unsupported{}, HostPorts{}, Fit{}}
}

// Weighted is a score and how much it counts.
type Weighted struct {
	Score
	Weight int64
}

// Scores are added up, each with its weight, as kube-scheduler has them.
func Scores() []Weighted {
	return []Weighted{{Taints{}, 3}, {LeastAllocated{}, 1}}
}
