package node

import (
	"context"
	"slices"
	"time"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// own are the taints that this controller puts on nodes and takes off again; no
// other is touched.
var own = []string{
	corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable, corev1.TaintNodeUnschedulable,
	corev1.TaintNodeMemoryPressure, corev1.TaintNodeDiskPressure, corev1.TaintNodePIDPressure,
}

// Taints is what taints a node is to have: those that others have put there, and
// what its conditions come to. A taint that stays keeps its time: from then on
// pods tolerate it.
func Taints(node *corev1.Node, now metav1.Time) []corev1.Taint {
	var taints []corev1.Taint
	for _, taint := range node.Spec.Taints {
		if !slices.Contains(own, taint.Key) {
			taints = append(taints, taint)
		}
	}
	add := func(key string, effect corev1.TaintEffect) {
		for _, before := range node.Spec.Taints {
			if before.Key == key && before.Effect == effect {
				taints = append(taints, before)
				return
			}
		}
		taints = append(taints, corev1.Taint{Key: key, Effect: effect, TimeAdded: &now})
	}
	switch ready := readyOf(node); {
	case ready == nil || ready.Status == corev1.ConditionFalse:
		add(corev1.TaintNodeNotReady, corev1.TaintEffectNoSchedule)
		add(corev1.TaintNodeNotReady, corev1.TaintEffectNoExecute)
	case ready.Status == corev1.ConditionUnknown:
		add(corev1.TaintNodeUnreachable, corev1.TaintEffectNoSchedule)
		add(corev1.TaintNodeUnreachable, corev1.TaintEffectNoExecute)
	}
	if node.Spec.Unschedulable {
		add(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule)
	}
	for _, pressure := range node.Status.Conditions {
		if pressure.Status == corev1.ConditionTrue {
			switch pressure.Type {
			case corev1.NodeMemoryPressure:
				add(corev1.TaintNodeMemoryPressure, corev1.TaintEffectNoSchedule)
			case corev1.NodeDiskPressure:
				add(corev1.TaintNodeDiskPressure, corev1.TaintEffectNoSchedule)
			case corev1.NodePIDPressure:
				add(corev1.TaintNodePIDPressure, corev1.TaintEffectNoSchedule)
			}
		}
	}
	return taints
}

// evict deletes pods that do not tolerate a NoExecute taint of their node, or
// have tolerated it for as long as they would.
func (c *Controller) evict(ctx context.Context, node *corev1.Node) error {
	var next time.Duration
	for _, pod := range c.podsOf(node.Name) {
		if pod.DeletionTimestamp != nil {
			continue
		}
		end, limited := Tolerated(pod, node)
		if !limited {
			continue
		}
		if wait := end.Sub(c.Now()); wait > 0 {
			if next == 0 || wait < next {
				next = wait
			}
			continue
		}
		c.recorder.Normal(pod, "TaintManagerEviction", "Marking for deletion Pod %s/%s", pod.Namespace, pod.Name)
		err := c.Pods.Delete(ctx, client.KeyOf(pod), metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
		if err != nil && !client.IsNotFound(err) {
			return err
		}
	}
	if next > 0 {
		c.queue.AddAfter(client.KeyOf(node), next)
	}
	return nil
}

// Tolerated is until when a pod may stay on a node because of its NoExecute
// taints. Limited is false when it may stay for ever.
func Tolerated(pod *corev1.Pod, node *corev1.Node) (end time.Time, limited bool) {
	for i := range node.Spec.Taints {
		taint := &node.Spec.Taints[i]
		if taint.Effect != corev1.TaintEffectNoExecute {
			continue
		}
		since := time.Time{}
		if taint.TimeAdded != nil {
			since = taint.TimeAdded.Time
		}
		seconds, tolerated := tolerance(pod, taint)
		switch {
		case !tolerated:
			return time.Time{}, true
		case seconds == nil:
			continue
		}
		until := since.Add(time.Duration(max(*seconds, 0)) * time.Second)
		if !limited || until.Before(end) {
			end, limited = until, true
		}
	}
	return end, limited
}

// tolerance is for how long a pod tolerates a taint: the shortest time of the
// tolerations that match it; nil when none has a time.
func tolerance(pod *corev1.Pod, taint *corev1.Taint) (seconds *int64, tolerated bool) {
	for _, t := range pod.Spec.Tolerations {
		matches := (t.Effect == "" || t.Effect == taint.Effect) && (t.Key == "" && t.Operator == corev1.TolerationOpExists || t.Key == taint.Key) &&
			(t.Operator == corev1.TolerationOpExists || t.Value == taint.Value)
		if !matches {
			continue
		}
		tolerated = true
		if t.TolerationSeconds != nil && (seconds == nil || *t.TolerationSeconds < *seconds) {
			seconds = t.TolerationSeconds
		}
	}
	return seconds, tolerated
}
