package deployment

import (
	"context"
	"fmt"
	"time"

	"drydock/mini-k8s/client"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Why a Deployment makes progress or does not, as `kubectl rollout status` knows
// it.
const (
	reasonCreated   = "NewReplicaSetCreated"
	reasonFound     = "FoundNewReplicaSet"
	reasonUpdated   = "ReplicaSetUpdated"
	reasonAvailable = "NewReplicaSetAvailable"
	reasonTimedOut  = "ProgressDeadlineExceeded"
	reasonPaused    = "DeploymentPaused"
	reasonResumed   = "DeploymentResumed"
)

// status counts the pods of a rollout.
func (r *rollout) status() appsv1.DeploymentStatus {
	status := appsv1.DeploymentStatus{ObservedGeneration: r.Generation, CollisionCount: r.Status.CollisionCount}
	for _, set := range r.all() {
		status.Replicas += set.Status.Replicas
		status.ReadyReplicas += set.Status.ReadyReplicas
		status.AvailableReplicas += set.Status.AvailableReplicas
	}
	if r.current != nil {
		status.UpdatedReplicas = r.current.Status.Replicas
	}
	status.UnavailableReplicas = max(sum(r.all())-status.AvailableReplicas, 0)
	for _, each := range r.Status.Conditions {
		status.Conditions = append(status.Conditions, *each.DeepCopy())
	}
	return status
}

// isComplete reports whether all pods are of the current template and available.
func isComplete(d *appsv1.Deployment, status appsv1.DeploymentStatus) bool {
	want := *d.Spec.Replicas
	return status.UpdatedReplicas == want && status.Replicas == want && status.AvailableReplicas == want
}

// tell writes how far a rollout has come.
func (c *Controller) tell(ctx context.Context, r *rollout) error {
	status, now := r.status(), metav1.NewTime(c.Now())
	setCondition(&status, availability(r, status), now)
	if wait := c.progress(r, &status, now); wait > 0 {
		c.queue.AddAfter(client.KeyOf(r.Deployment), wait)
	}
	if equality.Semantic.DeepEqual(status, r.Status) {
		return nil
	}
	told := r.Deployment.DeepCopy()
	told.Status = status
	_, err := c.deployments.UpdateStatus(ctx, told)
	if client.IsNotFound(err) {
		return nil
	}
	return err
}

// availability is whether as many pods are available as must be.
func availability(r *rollout, status appsv1.DeploymentStatus) appsv1.DeploymentCondition {
	if status.AvailableReplicas >= *r.Spec.Replicas-maxUnavailable(r.Deployment) {
		return appsv1.DeploymentCondition{
			Type: appsv1.DeploymentAvailable, Status: corev1.ConditionTrue,
			Reason: "MinimumReplicasAvailable", Message: "Deployment has minimum availability.",
		}
	}
	return appsv1.DeploymentCondition{
		Type: appsv1.DeploymentAvailable, Status: corev1.ConditionFalse,
		Reason: "MinimumReplicasUnavailable", Message: "Deployment does not have minimum availability.",
	}
}

// progress writes whether a rollout gets on, and says when to look again whether
// it has been stuck for too long.
func (c *Controller) progress(r *rollout, status *appsv1.DeploymentStatus, now metav1.Time) (again time.Duration) {
	before := conditionOf(&r.Status, appsv1.DeploymentProgressing)
	set := func(state corev1.ConditionStatus, reason, message string) {
		setCondition(status, appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Status: state, Reason: reason, Message: message}, now)
	}
	switch {
	case r.Spec.Paused:
		if before == nil || before.Reason != reasonTimedOut {
			set(corev1.ConditionUnknown, reasonPaused, "Deployment is paused")
		}
		return 0
	case before != nil && before.Reason == reasonPaused:
		set(corev1.ConditionUnknown, reasonResumed, "Deployment is resumed")
		return 0
	case r.current == nil:
		return 0
	}
	wasComplete := before != nil && before.Reason == reasonAvailable && r.Status.Replicas == r.Status.UpdatedReplicas && !r.made
	deadline := r.Spec.ProgressDeadlineSeconds
	name := fmt.Sprintf("ReplicaSet %q ", r.current.Name)
	switch {
	case isComplete(r.Deployment, *status):
		set(corev1.ConditionTrue, reasonAvailable, name+"has successfully progressed.")
	case r.made:
		set(corev1.ConditionTrue, reasonCreated, fmt.Sprintf("Created new replica set %q", r.current.Name))
	case before == nil:
		set(corev1.ConditionTrue, reasonFound, fmt.Sprintf("Found new replica set %q", r.current.Name))
	case wasComplete && status.Replicas == status.UpdatedReplicas:
		return 0 // a pod that was lost later is no rollout
	case hasMoved(&r.Status, status) || before.Reason == reasonAvailable:
		set(corev1.ConditionTrue, reasonUpdated, name+"is progressing.")
	case deadline != nil && isLate(before, *deadline, now):
		set(corev1.ConditionFalse, reasonTimedOut, name+"has timed out progressing.")
	}
	told := conditionOf(status, appsv1.DeploymentProgressing)
	if deadline == nil || told.Reason == reasonAvailable || told.Reason == reasonTimedOut {
		return 0
	}
	return max(told.LastUpdateTime.Add(time.Duration(*deadline)*time.Second).Sub(now.Time), time.Second)
}

// hasMoved reports whether a rollout has got on: more new pods, fewer old ones,
// more that are ready.
func hasMoved(before, now *appsv1.DeploymentStatus) bool {
	return now.UpdatedReplicas > before.UpdatedReplicas || now.Replicas-now.UpdatedReplicas < before.Replicas-before.UpdatedReplicas ||
		now.ReadyReplicas > before.ReadyReplicas || now.AvailableReplicas > before.AvailableReplicas
}

func isLate(c *appsv1.DeploymentCondition, seconds int32, now metav1.Time) bool {
	return !now.Before(&metav1.Time{Time: c.LastUpdateTime.Add(time.Duration(seconds) * time.Second)})
}

func conditionOf(status *appsv1.DeploymentStatus, kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range status.Conditions {
		if status.Conditions[i].Type == kind {
			return &status.Conditions[i]
		}
	}
	return nil
}

// setCondition puts a condition in. What says the same as before stays as old as
// it is, except that progress is always news.
func setCondition(status *appsv1.DeploymentStatus, c appsv1.DeploymentCondition, now metav1.Time) {
	c.LastUpdateTime, c.LastTransitionTime = now, now
	before := conditionOf(status, c.Type)
	switch {
	case before == nil:
		status.Conditions = append(status.Conditions, c)
		return
	case before.Status == c.Status && before.Reason == c.Reason && before.Message == c.Message && c.Reason != reasonUpdated:
		return
	case before.Status == c.Status:
		c.LastTransitionTime = before.LastTransitionTime
	}
	*before = c
}
