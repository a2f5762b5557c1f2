package plugin

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// Taints keeps pods away from nodes with a taint that they do not tolerate.
type Taints struct{}

// Filter refuses a node that a taint forbids.
func (Taints) Filter(pod *corev1.Pod, node *Node) []string {
	for _, taint := range node.Spec.Taints {
		if taint.Effect != corev1.TaintEffectPreferNoSchedule && !tolerates(pod, &taint) {
			return []string{fmt.Sprintf("node(s) had untolerated taint {%s: %s}", taint.Key, taint.Value)}
		}
	}
	return nil
}

// Score prefers nodes without taints that only advise against a pod.
func (Taints) Score(pod *corev1.Pod, node *Node) int64 {
	var against int64
	for _, taint := range node.Spec.Taints {
		if taint.Effect == corev1.TaintEffectPreferNoSchedule && !tolerates(pod, &taint) {
			against++
		}
	}
	return MaxScore / (1 + against)
}

// tolerates reports whether one of a pod's tolerations matches a taint: an empty
// key matches all keys, an empty effect all effects.
func tolerates(pod *corev1.Pod, taint *corev1.Taint) bool {
	for _, t := range pod.Spec.Tolerations {
		switch {
		case t.Effect != "" && t.Effect != taint.Effect:
		case t.Key != "" && t.Key != taint.Key:
		case t.Operator == corev1.TolerationOpExists:
			return true
		case t.Key == taint.Key && t.Value == taint.Value && (t.Operator == "" || t.Operator == corev1.TolerationOpEqual):
			return true
		}
	}
	return false
}

// Unschedulable keeps pods away from cordoned nodes.
type Unschedulable struct{}

// Filter refuses a node that takes no new pods.
func (Unschedulable) Filter(pod *corev1.Pod, node *Node) []string {
	cordon := corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}
	if node.Spec.Unschedulable && !tolerates(pod, &cordon) {
		return []string{"node(s) were unschedulable"}
	}
	return nil
}
