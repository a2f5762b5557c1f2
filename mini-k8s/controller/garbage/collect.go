package garbage

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"drydock/mini-k8s/client"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Reconcile looks at one object: as an owner whose deletion waits for what it
// owns, and as one that is owned.
func (c *Controller) Reconcile(ctx context.Context, i item) error {
	o := c.caches[i.kind].Lookup(i.Key)
	if o == nil {
		return nil
	}
	if o.DeletionTimestamp != nil {
		switch {
		case slices.Contains(o.Finalizers, metav1.FinalizerOrphanDependents):
			return c.orphan(ctx, i, o)
		case slices.Contains(o.Finalizers, metav1.FinalizerDeleteDependents):
			return c.foreground(ctx, i, o)
		}
		return nil
	}
	return c.disown(ctx, i, o)
}

// orphan takes an owner off what it owns, and then lets the owner go.
func (c *Controller) orphan(ctx context.Context, i item, o *object) error {
	for _, each := range c.dependents(o) {
		dependent := c.caches[each.kind].Lookup(each.Key)
		if dependent == nil {
			continue
		}
		if err := c.removeOwners(ctx, each, dependent, func(r metav1.OwnerReference) bool { return r.UID == o.UID }); err != nil {
			return err
		}
	}
	return c.finish(ctx, i, o, metav1.FinalizerOrphanDependents)
}

// foreground deletes what an owner owns, and lets the owner go when none is left
// of those that block it. Each of them that goes leads here again.
func (c *Controller) foreground(ctx context.Context, i item, o *object) error {
	blocked := false
	for _, each := range c.dependents(o) {
		dependent := c.caches[each.kind].Lookup(each.Key)
		if dependent == nil {
			continue
		}
		for _, ref := range dependent.OwnerReferences {
			blocked = blocked || ref.UID == o.UID && ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion
		}
		if dependent.DeletionTimestamp == nil {
			c.queue.Add(each) // another may own it as well
		}
	}
	if blocked {
		return nil
	}
	return c.finish(ctx, i, o, metav1.FinalizerDeleteDependents)
}

// disown deletes an object all of whose owners are gone, or wait for it to be.
// As long as one stays, only the others are taken off.
func (c *Controller) disown(ctx context.Context, i item, o *object) error {
	var gone []types.UID
	stays, waits := false, false
	for _, ref := range o.OwnerReferences {
		owner, err := c.owner(ctx, ref, o.Namespace)
		switch {
		case errors.Is(err, errUnknown):
			stays = true // who knows that kind may know better
		case err != nil:
			return err
		case owner == nil:
			gone = append(gone, ref.UID)
		case owner.DeletionTimestamp != nil && slices.Contains(owner.Finalizers, metav1.FinalizerDeleteDependents):
			waits = true
		default:
			stays = true
		}
	}
	switch {
	case stays && len(gone) > 0:
		return c.removeOwners(ctx, i, o, func(r metav1.OwnerReference) bool { return slices.Contains(gone, r.UID) })
	case stays || !waits && len(gone) == 0:
		return nil
	}
	policy := metav1.DeletePropagationBackground
	if waits && len(c.dependents(o)) > 0 {
		policy = metav1.DeletePropagationForeground // the owner waits for those, too
	}
	how := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(o.UID)), PropagationPolicy: &policy}
	err := c.caches[i.kind].Delete(ctx, i.Key, how)
	if client.IsNotFound(err) || client.IsConflict(err) {
		return nil // it is gone, or another by now
	}
	return err
}

// errUnknown says that an owner is of a kind that is not known.
var errUnknown = errors.New("kind of owner is not known")

// owner returns the owner that a reference means; nil when it is gone. A cache
// may be behind, so the API server has the last word.
func (c *Controller) owner(ctx context.Context, ref metav1.OwnerReference, namespace string) (*object, error) {
	at, known := c.find(ref, namespace)
	if !known {
		return nil, errUnknown
	}
	if o := c.caches[at.kind].Lookup(at.Key); o != nil && o.UID == ref.UID {
		return o, nil
	}
	o, err := c.caches[at.kind].Get(ctx, at.Namespace, at.Name)
	switch {
	case client.IsNotFound(err):
		return nil, nil
	case err != nil:
		return nil, err
	case o.UID != ref.UID:
		return nil, nil // another of the same name
	}
	return o, nil
}

// removeOwners takes owners off an object, if it is still as it was seen.
func (c *Controller) removeOwners(ctx context.Context, i item, o *object, is func(metav1.OwnerReference) bool) error {
	rest := slices.DeleteFunc(slices.Clone(o.OwnerReferences), is)
	return c.patch(ctx, i, o, map[string]any{"ownerReferences": rest})
}

// finish takes a finalizer off: with the last, the object is gone.
func (c *Controller) finish(ctx context.Context, i item, o *object, finalizer string) error {
	rest := slices.DeleteFunc(slices.Clone(o.Finalizers), func(f string) bool { return f == finalizer })
	return c.patch(ctx, i, o, map[string]any{"finalizers": rest})
}

func (c *Controller) patch(ctx context.Context, i item, o *object, metadata map[string]any) error {
	metadata["uid"], metadata["resourceVersion"] = o.UID, o.ResourceVersion
	patch, err := json.Marshal(map[string]any{"metadata": metadata})
	if err != nil {
		return err
	}
	_, err = c.caches[i.kind].Patch(ctx, i.Namespace, i.Name, types.MergePatchType, patch)
	if client.IsNotFound(err) {
		return nil
	}
	return err
}
