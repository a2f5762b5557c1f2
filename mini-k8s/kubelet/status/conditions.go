package status

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// conditions says how far a pod has come. Those that others have set stay.
func (v View) conditions(s corev1.PodStatus, initialized bool) []corev1.PodCondition {
	var incomplete, unready []string
	for _, each := range s.InitContainerStatuses {
		if !each.Ready {
			incomplete = append(incomplete, each.Name)
		}
	}
	for _, each := range s.ContainerStatuses {
		if !each.Ready {
			unready = append(unready, each.Name)
		}
	}
	containers := condition(corev1.ContainersReady, "ContainersNotReady", unready, "containers with unready status")
	ready := v.gated(containers)
	begun := condition(corev1.PodInitialized, "ContainersNotInitialized", incomplete, "containers with incomplete status")
	switch s.Phase {
	case corev1.PodSucceeded:
		begun = corev1.PodCondition{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, Reason: "PodCompleted"}
		containers = ended(corev1.ContainersReady, "PodCompleted")
		ready = ended(corev1.PodReady, "PodCompleted")
	case corev1.PodFailed:
		containers, ready = ended(corev1.ContainersReady, "PodFailed"), ended(corev1.PodReady, "PodFailed")
	}
	sandbox := corev1.PodCondition{Type: corev1.PodReadyToStartContainers, Status: isTrue(v.HasSandbox)}
	scheduled := corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}
	list := v.merge(sandbox, begun, ready, containers, scheduled)
	return list
}

// condition holds as long as no container stands in its way.
func condition(kind corev1.PodConditionType, reason string, names []string, message string) corev1.PodCondition {
	if len(names) == 0 {
		return corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue}
	}
	return corev1.PodCondition{
		Type: kind, Status: corev1.ConditionFalse, Reason: reason,
		Message: fmt.Sprintf("%s: [%s]", message, strings.Join(names, " ")),
	}
}

func ended(kind corev1.PodConditionType, reason string) corev1.PodCondition {
	return corev1.PodCondition{Type: kind, Status: corev1.ConditionFalse, Reason: reason}
}

func isTrue(holds bool) corev1.ConditionStatus {
	if holds {
		return corev1.ConditionTrue
	}
	return corev1.ConditionFalse
}

// gated is the condition Ready: its containers are, and the conditions hold that
// others are to set.
func (v View) gated(containers corev1.PodCondition) corev1.PodCondition {
	ready := containers
	ready.Type = corev1.PodReady
	var missing []string
	for _, gate := range v.Pod.Spec.ReadinessGates {
		holds := slices.ContainsFunc(v.Pod.Status.Conditions, func(c corev1.PodCondition) bool {
			return c.Type == gate.ConditionType && c.Status == corev1.ConditionTrue
		})
		if !holds {
			missing = append(missing, fmt.Sprintf("corresponding condition of pod readiness gate %q does not hold.", gate.ConditionType))
		}
	}
	if ready.Status == corev1.ConditionTrue && len(missing) > 0 {
		ready.Status, ready.Reason, ready.Message = corev1.ConditionFalse, "ReadinessGatesNotReady", strings.Join(missing, ", ")
	}
	return ready
}

// merge keeps the conditions that others have set, and the time since when one of
// ours has been as it is.
func (v View) merge(own ...corev1.PodCondition) []corev1.PodCondition {
	before := slices.Clone(v.Pod.Status.Conditions)
	for i := range own {
		own[i].LastTransitionTime, own[i].ObservedGeneration = seconds(v.Now), v.Pod.Generation
		before = slices.DeleteFunc(before, func(old corev1.PodCondition) bool {
			if old.Type == own[i].Type && old.Status == own[i].Status {
				own[i].LastTransitionTime = old.LastTransitionTime
			}
			return old.Type == own[i].Type
		})
	}
	return append(own, before...)
}
