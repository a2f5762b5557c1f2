package replicaset

import (
	"cmp"
	"slices"

	"drydock/mini-k8s/controller"

	corev1 "k8s.io/api/core/v1"
)

// rank sorts pods by how little is lost with them, so that the first are deleted
// first: what has no node before what has, what waits before what runs, what is
// not ready before what is, one of many on a node before one alone there, what
// restarts often before what does not, the younger before the older.
func rank(pods []*corev1.Pod) {
	onNode := map[string]int{}
	for _, pod := range pods {
		onNode[pod.Spec.NodeName]++
	}
	slices.SortFunc(pods, func(a, b *corev1.Pod) int {
		return cmp.Or(
			first(a.Spec.NodeName == "", b.Spec.NodeName == ""),
			first(a.Status.Phase != corev1.PodRunning, b.Status.Phase != corev1.PodRunning),
			first(!controller.IsReady(a), !controller.IsReady(b)),
			cmp.Compare(onNode[b.Spec.NodeName], onNode[a.Spec.NodeName]),
			cmp.Compare(restarts(b), restarts(a)),
			b.CreationTimestamp.Compare(a.CreationTimestamp.Time),
			cmp.Compare(a.Name, b.Name),
		)
	})
}

// first puts what is true before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func restarts(pod *corev1.Pod) (sum int32) {
	for _, c := range pod.Status.ContainerStatuses {
		sum += c.RestartCount
	}
	return sum
}
