package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"drydock/mini-k8s/client"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// IsOwnedBy reports whether an object is controlled by an owner: not by one of
// the same name that was there before.
func IsOwnedBy(o, owner metav1.Object) bool {
	ref := metav1.GetControllerOf(o)
	return ref != nil && ref.UID == owner.GetUID()
}

// Claims is an owner's right to objects: to those that its selector matches and
// nobody else controls.
type Claims[T any] struct {
	Cache    *client.Cache[T]
	Owner    metav1.Object
	Ref      *metav1.OwnerReference // what an owned object says of its owner
	Selector labels.Selector
}

// Take returns what the owner controls. It adopts what matches and is an orphan,
// and lets go of what does not match any more: a person who changes a pod's
// labels takes it out of its ReplicaSet, to look at it in peace.
func (c Claims[T]) Take(ctx context.Context) ([]*T, error) {
	var taken []*T
	for _, o := range c.Cache.Select(c.Owner.GetNamespace(), labels.Everything()) {
		m := any(o).(metav1.Object)
		matches := c.Selector.Matches(labels.Set(m.GetLabels()))
		switch {
		case IsOwnedBy(m, c.Owner) && matches:
			taken = append(taken, o)
		case c.Owner.GetDeletionTimestamp() != nil || m.GetDeletionTimestamp() != nil:
		case IsOwnedBy(m, c.Owner):
			rest := slices.DeleteFunc(slices.Clone(m.GetOwnerReferences()), func(r metav1.OwnerReference) bool { return r.UID == c.Owner.GetUID() })
			if _, err := c.patch(ctx, m, rest); err != nil && !client.IsNotFound(err) {
				return nil, fmt.Errorf("releasing %s: %w", client.KeyOf(m), err)
			}
		case matches && metav1.GetControllerOf(m) == nil:
			adopted, err := c.patch(ctx, m, append(slices.Clone(m.GetOwnerReferences()), *c.Ref))
			if client.IsNotFound(err) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("adopting %s: %w", client.KeyOf(m), err)
			}
			taken = append(taken, adopted)
		}
	}
	return taken, nil
}

// patch sets the owners of an object, if it is still as it was seen.
func (c Claims[T]) patch(ctx context.Context, m metav1.Object, owners []metav1.OwnerReference) (*T, error) {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": m.GetUID(), "resourceVersion": m.GetResourceVersion(), "ownerReferences": owners,
	}})
	if err != nil {
		return nil, err
	}
	return c.Cache.Patch(ctx, m.GetNamespace(), m.GetName(), types.MergePatchType, patch)
}

// IsReady reports whether a pod's Ready condition holds.
func IsReady(pod *corev1.Pod) bool {
	_, ready := ReadySince(pod)
	return ready
}

// ReadySince is since when a pod has been ready.
func ReadySince(pod *corev1.Pod) (metav1.Time, bool) {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return c.LastTransitionTime, true
		}
	}
	return metav1.Time{}, false
}
