// Package status says how a pod is, from what its node sees of it: phase,
// conditions, and the state of each container, with Kubernetes' reasons.
//
//	now := status.Of(status.View{Pod: pod, Containers: containers, ...})
//
// It is a function of its arguments: it asks nobody, and decides nothing about
// what is to be done. See
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/.
package status

import (
	"slices"
	"time"

	"drydock/mini-k8s/kubelet/cri"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Scheme stands before the ids of containers, and says whose they are.
const Scheme = "mini-docker://"

// View is what a node sees of a pod.
type View struct {
	Pod        *corev1.Pod
	HasSandbox bool
	Containers []cri.Container // the youngest first
	Waiting    map[string]corev1.ContainerStateWaiting
	Probes     Probes
	PodIP      string
	HostIP     string
	IsOver     bool // nothing will be started any more
	Now        time.Time
}

// Probes say what was found out about a container by its id.
type Probes interface {
	IsReady(id string) bool
	IsStarted(id string) bool
}

// Of returns the status of a pod.
func Of(v View) corev1.PodStatus {
	s := corev1.PodStatus{
		ObservedGeneration: v.Pod.Generation, StartTime: v.Pod.Status.StartTime, QOSClass: v.Pod.Status.QOSClass,
		HostIP: v.HostIP, PodIP: v.PodIP, NominatedNodeName: v.Pod.Status.NominatedNodeName,
	}
	if s.StartTime == nil {
		s.StartTime = &metav1.Time{Time: v.Now}
	}
	if v.HostIP != "" {
		s.HostIPs = []corev1.HostIP{{IP: v.HostIP}}
	}
	if v.PodIP != "" {
		s.PodIPs = []corev1.PodIP{{IP: v.PodIP}}
	}
	initialized := true
	for _, each := range v.Pod.Spec.InitContainers {
		found := v.container(each, "PodInitializing", initialized)
		done := IsInitialized(each, found)
		found.Ready = done
		s.InitContainerStatuses, initialized = append(s.InitContainerStatuses, found), initialized && done
	}
	reason := "ContainerCreating"
	if len(v.Pod.Spec.InitContainers) > 0 {
		reason = "PodInitializing"
	}
	for _, each := range v.Pod.Spec.Containers {
		s.ContainerStatuses = append(s.ContainerStatuses, v.container(each, reason, initialized))
	}
	s.Phase = v.phase(s, initialized)
	s.Conditions = v.conditions(s, initialized)
	return s
}

// IsSidecar reports whether an init container goes on beside the others.
func IsSidecar(c corev1.Container) bool {
	return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
}

// IsInitialized reports whether an init container has done its part, so that the
// next may start: it has ended well, or, as a sidecar, begun.
func IsInitialized(c corev1.Container, s corev1.ContainerStatus) bool {
	if IsSidecar(c) {
		return s.State.Running != nil && s.Started != nil && *s.Started
	}
	return s.State.Terminated != nil && s.State.Terminated.ExitCode == 0
}

// container tells of one container.
func (v View) container(c corev1.Container, waiting string, hasTurn bool) corev1.ContainerStatus {
	s := corev1.ContainerStatus{Name: c.Name, Image: c.Image, Started: new(bool)}
	own := slices.DeleteFunc(slices.Clone(v.Containers), func(each cri.Container) bool { return each.Name != c.Name })
	if len(own) > 0 {
		youngest := own[0]
		s.RestartCount, s.ContainerID, s.ImageID = int32(youngest.Attempt), Scheme+youngest.ID, youngest.ImageID
		s.State = stateOf(youngest)
		if len(own) > 1 {
			s.LastTerminationState = stateOf(own[1])
		}
		if youngest.State == cri.Running {
			*s.Started = v.Probes.IsStarted(youngest.ID)
			s.Ready = *s.Started && v.Probes.IsReady(youngest.ID)
		}
	}
	why, waits := v.Waiting[c.Name]
	switch {
	case s.State.Running != nil:
	case waits && !v.IsOver:
		if s.State.Terminated != nil {
			s.LastTerminationState = s.State
		}
		s.State = corev1.ContainerState{Waiting: &why}
	case s.State.Terminated == nil:
		if !hasTurn {
			waiting = "PodInitializing"
		}
		s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: waiting}}
	}
	return s
}

// stateOf is the state of a container that was made. One that was made and not
// started waits.
func stateOf(c cri.Container) corev1.ContainerState {
	switch c.State {
	case cri.Running:
		return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: seconds(c.Started)}}
	case cri.Exited:
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: int32(c.ExitCode), Reason: c.Reason, Message: c.Message,
			StartedAt: seconds(c.Started), FinishedAt: seconds(c.Finished), ContainerID: Scheme + c.ID,
		}}
	}
	return corev1.ContainerState{}
}

// seconds is a time as the API has it, so that what was read equals what was
// written.
func seconds(t time.Time) metav1.Time { return metav1.NewTime(t.Truncate(time.Second)) }

// phase sums the containers up. A pod that has ended never begins again.
func (v View) phase(s corev1.PodStatus, initialized bool) corev1.PodPhase {
	if before := v.Pod.Status.Phase; before == corev1.PodSucceeded || before == corev1.PodFailed {
		return before
	}
	policy := v.Pod.Spec.RestartPolicy
	if !initialized {
		for i, each := range s.InitContainerStatuses {
			if t := each.State.Terminated; t != nil && t.ExitCode != 0 && !IsSidecar(v.Pod.Spec.InitContainers[i]) &&
				(v.IsOver || policy == corev1.RestartPolicyNever) {
				return corev1.PodFailed
			}
		}
		return corev1.PodPending
	}
	var waiting, running, ended, succeeded int
	for _, each := range s.ContainerStatuses {
		switch {
		case each.State.Running != nil:
			running++
		case each.State.Terminated != nil:
			ended++
			if each.State.Terminated.ExitCode == 0 {
				succeeded++
			}
		case each.LastTerminationState.Terminated != nil: // it waits to be started again
			ended++
		default:
			waiting++
		}
	}
	switch {
	case waiting > 0:
		return corev1.PodPending
	case running > 0 || !v.IsOver && policy == corev1.RestartPolicyAlways:
		return corev1.PodRunning
	case ended == succeeded:
		return corev1.PodSucceeded
	case v.IsOver || policy == corev1.RestartPolicyNever:
		return corev1.PodFailed
	}
	return corev1.PodRunning
}
