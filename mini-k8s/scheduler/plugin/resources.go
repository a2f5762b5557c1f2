package plugin

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Resources are amounts: CPU in thousandths, everything else in its unit.
type Resources map[corev1.ResourceName]int64

// amounts reads a list of quantities.
func amounts(list corev1.ResourceList) Resources {
	r := Resources{}
	for name, quantity := range list {
		r[name] = quantity.Value()
		if name == corev1.ResourceCPU {
			r[name] = quantity.MilliValue()
		}
	}
	return r
}

// Add adds other amounts, or takes them away when sign is -1.
func (r Resources) Add(other Resources, sign int64) {
	for name, amount := range other {
		r[name] += sign * amount
	}
}

// most takes over what is more in other.
func (r Resources) most(other Resources) {
	for name, amount := range other {
		r[name] = max(r[name], amount)
	}
}

// Requests is what a pod needs: the sum of its containers, or the most that it
// needs while it starts. Init containers run one after the other, each beside
// the sidecars (those that are always restarted) before it; sidecars then stay.
func Requests(pod *corev1.Pod) Resources {
	return requests(pod, func(c *corev1.Container) Resources { return amounts(c.Resources.Requests) })
}

func requests(pod *corev1.Pod, of func(*corev1.Container) Resources) Resources {
	starting, sidecars := Resources{}, Resources{}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		now := maps.Clone(sidecars)
		now.Add(of(c), 1)
		starting.most(now)
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			sidecars = now
		}
	}
	running := sidecars
	for i := range pod.Spec.Containers {
		running.Add(of(&pod.Spec.Containers[i]), 1)
	}
	running.most(starting)
	running.Add(amounts(pod.Spec.Overhead), 1)
	return running
}

// Fit asks that a node has left what a pod requests.
type Fit struct{}

// Filter refuses a node that has not.
func (Fit) Filter(pod *corev1.Pod, node *Node) (reasons []string) {
	room := amounts(node.Status.Allocatable)
	if int64(len(node.Pods))+1 > room[corev1.ResourcePods] {
		reasons = append(reasons, "Too many pods")
	}
	requests := Requests(pod)
	for _, name := range slices.Sorted(maps.Keys(requests)) {
		if asked := requests[name]; asked > 0 && asked > room[name]-node.used[name] {
			reasons = append(reasons, "Insufficient "+string(name))
		}
	}
	return reasons
}

// What a container counts for that requests nothing, so that such pods do not
// all end up on one node; kube-scheduler counts the same.
const (
	defaultMilliCPU    = 100
	defaultMemoryBytes = 200 << 20
)

// LeastAllocated prefers the node that would have the largest part of its CPU
// and memory left.
type LeastAllocated struct{}

// Score is the part that would be left, of a hundred.
func (LeastAllocated) Score(pod *corev1.Pod, node *Node) int64 {
	room, used := amounts(node.Status.Allocatable), maps.Clone(node.counted)
	used.Add(atLeast(pod), 1)
	var sum, kinds int64
	for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
		if room[name] > 0 {
			sum += MaxScore * max(room[name]-used[name], 0) / room[name]
			kinds++
		}
	}
	return sum / max(kinds, 1)
}

// atLeast is what a pod counts for in a score.
func atLeast(pod *corev1.Pod) Resources {
	return requests(pod, func(c *corev1.Container) Resources {
		r := amounts(c.Resources.Requests)
		if r[corev1.ResourceCPU] == 0 {
			r[corev1.ResourceCPU] = defaultMilliCPU
		}
		if r[corev1.ResourceMemory] == 0 {
			r[corev1.ResourceMemory] = defaultMemoryBytes
		}
		return r
	})
}
