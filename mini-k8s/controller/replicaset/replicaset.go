// Package replicaset keeps the number of equal pods that a ReplicaSet asks for:
// it makes those that are missing from the template and deletes those that are
// too many.
package replicaset

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"drydock/mini-k8s/client"
	"drydock/mini-k8s/controller"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// burst is how many pods are made or deleted in one go.
const burst = 500

// Controller keeps the pods of ReplicaSets.
type Controller struct {
	*controller.Shared
	queue    *client.Queue[client.Key]
	recorder *client.Recorder
}

// New returns a controller that follows the shared caches. It begins with Run.
func New(shared *controller.Shared) *Controller {
	c := &Controller{Shared: shared, queue: client.NewQueue[client.Key](), recorder: client.NewRecorder(shared.Client, "replicaset-controller", shared.Now)}
	c.ReplicaSets.OnChange(func(old, now *appsv1.ReplicaSet) {
		if now != nil {
			c.queue.Add(client.KeyOf(now))
		}
	})
	c.Pods.OnChange(func(old, now *corev1.Pod) {
		for _, pod := range []*corev1.Pod{old, now} {
			if pod != nil {
				c.podChanged(pod)
			}
		}
	})
	return c
}

// podChanged looks at the ReplicaSet of a pod; of an orphan at all that might
// adopt it.
func (c *Controller) podChanged(pod *corev1.Pod) {
	if owner := metav1.GetControllerOf(pod); owner != nil {
		if owner.Kind == "ReplicaSet" {
			c.queue.Add(client.Key{Namespace: pod.Namespace, Name: owner.Name})
		}
		return
	}
	for _, set := range c.ReplicaSets.All() {
		if set.Namespace == pod.Namespace {
			c.queue.Add(client.KeyOf(set))
		}
	}
}

// Run keeps pods until ctx ends.
func (c *Controller) Run(ctx context.Context) {
	var group sync.WaitGroup
	defer group.Wait()
	group.Go(func() { c.recorder.Run(ctx) })
	if c.Synced(ctx) == nil {
		c.Loop(ctx, "replicaset", c.queue, c.Reconcile)
	}
}

// Reconcile brings the pods of one ReplicaSet to the number that it asks for,
// and tells in its status how many there are.
func (c *Controller) Reconcile(ctx context.Context, key client.Key) error {
	set := c.ReplicaSets.Lookup(key)
	if set == nil {
		return nil
	}
	selector, err := metav1.LabelSelectorAsSelector(set.Spec.Selector)
	if err != nil {
		return fmt.Errorf("selector of %s: %w", key, err)
	}
	ref := metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))
	pods, err := controller.Claims[corev1.Pod]{Cache: c.Pods, Owner: set, Ref: ref, Selector: selector}.Take(ctx)
	if err != nil {
		return err
	}
	active := activeOf(pods)
	var failed error
	if set.DeletionTimestamp == nil {
		switch missing := int(*set.Spec.Replicas) - len(active); {
		case missing > 0:
			failed = c.create(ctx, set, min(missing, burst))
		case missing < 0:
			rank(active)
			failed = c.delete(ctx, set, active[:min(-missing, burst)])
		}
		// What was made or deleted stands in the cache already.
		if pods, err = (controller.Claims[corev1.Pod]{Cache: c.Pods, Owner: set, Ref: ref, Selector: selector}).Take(ctx); err != nil {
			return err
		}
	}
	return errors.Join(failed, c.tell(ctx, set, activeOf(pods), failed))
}

// activeOf returns the pods that count: not those that have ended or are about
// to.
func activeOf(pods []*corev1.Pod) []*corev1.Pod {
	var active []*corev1.Pod
	for _, pod := range pods {
		if pod.DeletionTimestamp == nil && pod.Status.Phase != corev1.PodSucceeded && pod.Status.Phase != corev1.PodFailed {
			active = append(active, pod)
		}
	}
	return active
}

// create makes pods, in batches of one, two, four …: when the first is refused,
// so would be the others, and three hundred errors say no more than one.
func (c *Controller) create(ctx context.Context, set *appsv1.ReplicaSet, missing int) error {
	for batch := 1; missing > 0; batch *= 2 {
		n := min(batch, missing)
		if err := each(n, func(int) error { return c.createPod(ctx, set) }); err != nil {
			return err
		}
		missing -= n
	}
	return nil
}

func (c *Controller) createPod(ctx context.Context, set *appsv1.ReplicaSet) error {
	template := set.Spec.Template.DeepCopy()
	pod := &corev1.Pod{ObjectMeta: template.ObjectMeta, Spec: template.Spec}
	pod.Namespace, pod.Name, pod.GenerateName = set.Namespace, "", set.Name+"-"
	pod.OwnerReferences = []metav1.OwnerReference{*metav1.NewControllerRef(set, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}
	made, err := c.Pods.Create(ctx, pod)
	switch {
	case client.IsTerminating(err):
		return nil // the set goes with its namespace
	case err != nil:
		c.recorder.Warning(set, "FailedCreate", "Error creating: %v", err)
		return err
	}
	c.recorder.Normal(set, "SuccessfulCreate", "Created pod: %s", made.Name)
	return nil
}

func (c *Controller) delete(ctx context.Context, set *appsv1.ReplicaSet, pods []*corev1.Pod) error {
	return each(len(pods), func(i int) error {
		pod := pods[i]
		err := c.Pods.Delete(ctx, client.KeyOf(pod), metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(pod.UID))})
		switch {
		case client.IsNotFound(err):
			return nil
		case err != nil:
			c.recorder.Warning(set, "FailedDelete", "Error deleting: %v", err)
			return err
		}
		c.recorder.Normal(set, "SuccessfulDelete", "Deleted pod: %s", pod.Name)
		return nil
	})
}

// each calls work for 0 to n-1 at the same time and returns one of the errors.
func each(n int, work func(i int) error) error {
	var group sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		group.Go(func() { errs[i] = work(i) })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// tell writes how many pods there are into the status.
func (c *Controller) tell(ctx context.Context, set *appsv1.ReplicaSet, active []*corev1.Pod, failed error) error {
	status := appsv1.ReplicaSetStatus{Replicas: int32(len(active)), ObservedGeneration: set.Generation}
	var next time.Duration // until another pod becomes available
	for _, pod := range active {
		if hasLabels(pod, set.Spec.Template.Labels) {
			status.FullyLabeledReplicas++
		}
		since, ready := controller.ReadySince(pod)
		if !ready {
			continue
		}
		status.ReadyReplicas++
		wait := since.Add(time.Duration(set.Spec.MinReadySeconds) * time.Second).Sub(c.Now())
		if set.Spec.MinReadySeconds == 0 || wait <= 0 {
			status.AvailableReplicas++
		} else if next == 0 || wait < next {
			next = wait
		}
	}
	if next > 0 {
		c.queue.AddAfter(client.KeyOf(set), next)
	}
	status.Conditions = conditions(set, failed, metav1.NewTime(c.Now()))
	if equality.Semantic.DeepEqual(status, set.Status) {
		return nil
	}
	told := set.DeepCopy()
	told.Status = status
	_, err := c.ReplicaSets.UpdateStatus(ctx, told)
	if client.IsNotFound(err) {
		return nil
	}
	return err
}

// conditions says that pods could not be made or deleted, where that is so.
func conditions(set *appsv1.ReplicaSet, failed error, now metav1.Time) []appsv1.ReplicaSetCondition {
	if failed == nil {
		return nil
	}
	reason := "FailedCreate"
	if set.Status.Replicas > *set.Spec.Replicas {
		reason = "FailedDelete"
	}
	for _, before := range set.Status.Conditions {
		if before.Reason == reason {
			return set.Status.Conditions
		}
	}
	return []appsv1.ReplicaSetCondition{{
		Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: reason, Message: failed.Error(), LastTransitionTime: now,
	}}
}

func hasLabels(pod *corev1.Pod, want map[string]string) bool {
	for key, value := range want {
		if pod.Labels[key] != value {
			return false
		}
	}
	return true
}
