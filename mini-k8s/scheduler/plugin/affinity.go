package plugin

import (
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
)

// NodeAffinity asks that a node is one of those a pod wants: by its nodeSelector
// and its required node affinity.
type NodeAffinity struct{}

// Filter refuses a node whose labels do not match.
func (NodeAffinity) Filter(pod *corev1.Pod, node *Node) []string {
	for key, value := range pod.Spec.NodeSelector {
		if have, ok := node.Labels[key]; !ok || have != value {
			return []string{"node(s) didn't match Pod's node affinity/selector"}
		}
	}
	affinity := pod.Spec.Affinity
	if affinity == nil || affinity.NodeAffinity == nil || affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	for _, term := range affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms {
		if matchesTerm(term, node) {
			return nil // any of the terms is enough
		}
	}
	return []string{"node(s) didn't match Pod's node affinity/selector"}
}

// matchesTerm reports whether all of a term's expressions hold. A term without
// any matches nothing.
func matchesTerm(term corev1.NodeSelectorTerm, node *Node) bool {
	for _, each := range term.MatchExpressions {
		if value, ok := node.Labels[each.Key]; !matches(each, value, ok) {
			return false
		}
	}
	for _, each := range term.MatchFields { // there is no other field than the name
		if !matches(each, node.Name, each.Key == "metadata.name") {
			return false
		}
	}
	return len(term.MatchExpressions)+len(term.MatchFields) > 0
}

func matches(r corev1.NodeSelectorRequirement, value string, has bool) bool {
	switch r.Operator {
	case corev1.NodeSelectorOpIn:
		return has && slices.Contains(r.Values, value)
	case corev1.NodeSelectorOpNotIn:
		return !has || !slices.Contains(r.Values, value)
	case corev1.NodeSelectorOpExists:
		return has
	case corev1.NodeSelectorOpDoesNotExist:
		return !has
	case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
		if !has || len(r.Values) != 1 {
			return false
		}
		have, err := strconv.ParseInt(value, 10, 64)
		want, wrong := strconv.ParseInt(r.Values[0], 10, 64)
		return err == nil && wrong == nil && (r.Operator == corev1.NodeSelectorOpGt && have > want || r.Operator == corev1.NodeSelectorOpLt && have < want)
	}
	return false
}

// Unsupported refuses every node to a pod that asks for what is not there yet,
// rather than to put it where it does not want to be.
type Unsupported struct{}

// Filter refuses pods that ask for a place beside, or away from, other pods.
func (Unsupported) Filter(pod *corev1.Pod, _ *Node) []string {
	if a := pod.Spec.Affinity; a != nil && (a.PodAffinity != nil && len(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0 ||
		a.PodAntiAffinity != nil && len(a.PodAntiAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0) {
		return []string{"node(s) not tried: required affinity between pods is not supported"}
	}
	for _, spread := range pod.Spec.TopologySpreadConstraints {
		if spread.WhenUnsatisfiable == corev1.DoNotSchedule {
			return []string{"node(s) not tried: topologySpreadConstraints with DoNotSchedule are not supported"}
		}
	}
	return nil
}
