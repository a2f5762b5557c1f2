package registry

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Delete deletes an object, or marks it as to be deleted when somebody has to
// finish with it first: who runs it, a finalizer. It returns the object as it
// is then and whether it is gone.
func (r *Registry) Delete(ctx context.Context, namespace, name string, how *metav1.DeleteOptions, options Options) (o *api.Object, gone bool, err error) {
	for {
		live, revision, err := r.read(ctx, namespace, name)
		if err != nil {
			return nil, false, err
		}
		if err := r.precondition(live, how.Preconditions); err != nil {
			return nil, false, err
		}
		next := live.DeepCopy()
		r.mark(next, how)
		gone = isFinished(next)
		done, err := r.admit(ctx, nil, live, options)
		if err != nil {
			return nil, false, err
		}
		switch {
		case options.DryRun:
		case gone:
			next, err = r.remove(ctx, live, revision)
		case !sameBut(next.Object, live.Object):
			err = r.write(ctx, next, revision)
		}
		done()
		switch {
		case err == nil:
			return next, gone, nil
		case !errors.Is(err, store.ErrConflict):
			return nil, false, asStatus(err)
		}
	}
}

// precondition holds an object against what the client believes of it.
func (r *Registry) precondition(live *api.Object, want *metav1.Preconditions) error {
	var why string
	switch {
	case want == nil:
		return nil
	case want.UID != nil && *want.UID != live.GetUID():
		why = fmt.Sprintf("Precondition failed: UID in precondition: %v, UID in object meta: %v", *want.UID, live.GetUID())
	case want.ResourceVersion != nil && *want.ResourceVersion != live.GetResourceVersion():
		why = fmt.Sprintf("Precondition failed: ResourceVersion in precondition: %v, ResourceVersion in object meta: %v", *want.ResourceVersion, live.GetResourceVersion())
	default:
		return nil
	}
	return apierrors.NewConflict(r.Kind.Resource(), live.GetName(), errors.New(why))
}

// mark writes a deletion into an object: when it must be gone and what the
// garbage collector has to do before.
func (r *Registry) mark(o *api.Object, how *metav1.DeleteOptions) {
	o.SetFinalizers(propagation(o.GetFinalizers(), how))
	var grace int64
	if r.Kind.Grace != nil {
		grace = r.Kind.Grace(o, how.GracePeriodSeconds)
	}
	if before := o.GetDeletionGracePeriodSeconds(); o.GetDeletionTimestamp() != nil && (before == nil || *before <= grace) {
		return // deletion is under way and may only be hastened
	}
	if o.GetDeletionTimestamp() == nil && r.Kind.Generation {
		o.SetGeneration(o.GetGeneration() + 1)
	}
	if r.Kind.Deleting != nil {
		r.Kind.Deleting(o)
	}
	at := metav1.NewTime(r.Now().UTC().Add(time.Duration(grace) * time.Second))
	o.SetDeletionTimestamp(&at)
	o.SetDeletionGracePeriodSeconds(&grace)
}

// propagation is the finalizers of an object that is deleted together with, or
// without, what it owns.
func propagation(finalizers []string, how *metav1.DeleteOptions) []string {
	policy := metav1.DeletePropagationBackground
	switch {
	case how.PropagationPolicy != nil:
		policy = *how.PropagationPolicy
	//lint:ignore SA1019 older clients send it
	case how.OrphanDependents != nil && *how.OrphanDependents:
		policy = metav1.DeletePropagationOrphan
	case slices.Contains(finalizers, metav1.FinalizerOrphanDependents), slices.Contains(finalizers, metav1.FinalizerDeleteDependents):
		return finalizers
	}
	finalizers = slices.DeleteFunc(slices.Clone(finalizers), func(name string) bool {
		return name == metav1.FinalizerOrphanDependents || name == metav1.FinalizerDeleteDependents
	})
	switch policy {
	case metav1.DeletePropagationOrphan:
		finalizers = append(finalizers, metav1.FinalizerOrphanDependents)
	case metav1.DeletePropagationForeground:
		finalizers = append(finalizers, metav1.FinalizerDeleteDependents)
	}
	return finalizers
}

// isFinished reports whether nobody holds a deleted object back any more: no
// grace, no finalizer, of the metadata or of a namespace's spec.
func isFinished(o *api.Object) bool {
	grace := o.GetDeletionGracePeriodSeconds()
	return o.GetDeletionTimestamp() != nil && (grace == nil || *grace == 0) && len(o.GetFinalizers()) == 0 &&
		len(api.Strings(o.Object, "spec", "finalizers")) == 0
}
