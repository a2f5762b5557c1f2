package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Update changes an object: change gets a copy of the live one and returns what
// it shall become. It is called again when somebody else was faster, unless
// what it returned says of which resourceVersion it is a change.
func (r *Registry) Update(ctx context.Context, namespace, name string, change func(live *api.Object) (*api.Object, error), options Options) (*api.Object, error) {
	for {
		live, revision, err := r.read(ctx, namespace, name)
		if err != nil {
			return nil, err
		}
		next, err := change(live.DeepCopy())
		if err != nil {
			return nil, err
		}
		pinned := next.GetResourceVersion() != "" && next.GetResourceVersion() != live.GetResourceVersion()
		if pinned {
			return nil, r.conflict(name)
		}
		next, err = r.replace(ctx, next, replaced{live, revision}, options)
		if err == nil || !errors.Is(err, store.ErrConflict) {
			return next, err
		}
		// Somebody was faster: whoever depends on what they read finds out
		// in the next turn, the others have their change made anew.
	}
}

// replaced is what an update replaces.
type replaced struct {
	live     *api.Object
	revision store.Revision
}

// replace writes next in the place of live, within the kind's rules.
func (r *Registry) replace(ctx context.Context, next *api.Object, was replaced, options Options) (*api.Object, error) {
	live := was.live
	if err := r.keep(next, live, options); err != nil {
		return nil, err
	}
	if r.Kind.Default != nil {
		r.Kind.Default(next)
	}
	if r.Kind.Prepare != nil && options.Subresource == "" {
		r.Kind.Prepare(next, live)
	}
	if r.Kind.Generation && !sameBut(next.Object, live.Object, "metadata", "status") {
		next.SetGeneration(live.GetGeneration() + 1)
	}
	done, err := r.admit(ctx, next, live, options)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := r.validate(next, live); err != nil && options.Subresource == "" {
		return nil, err
	}
	if err := r.own(next, live, options); err != nil {
		return nil, err
	}
	next.SetResourceVersion(live.GetResourceVersion())
	switch {
	case isSame(next, live):
		return live, nil // a change of nothing is no event
	case options.DryRun:
		return next, nil
	case isFinished(next):
		next, err = r.remove(ctx, next, was.revision)
	default:
		err = r.write(ctx, next, was.revision)
	}
	if err != nil && !errors.Is(err, store.ErrConflict) {
		err = asStatus(err)
	}
	return next, err
}

// keep puts back what an update must not touch: the server's own metadata, and
// of status and everything else that which is not written this way.
func (r *Registry) keep(next, live *api.Object, options Options) error {
	switch {
	case next.GetName() != "" && next.GetName() != live.GetName():
		return apierrors.NewBadRequest(fmt.Sprintf("the name of the object (%s) does not match the name on the URL (%s)", next.GetName(), live.GetName()))
	case next.GetUID() != "" && next.GetUID() != live.GetUID():
		return apierrors.NewConflict(r.Kind.Resource(), live.GetName(),
			//lint:ignore ST1005 these are Kubernetes' words
			fmt.Errorf("Precondition failed: UID in precondition: %v, UID in object meta: %v", next.GetUID(), live.GetUID()))
	}
	if err := r.place(live.GetNamespace(), next); err != nil {
		return err
	}
	if options.Subresource == "status" {
		status, managed := next.Object["status"], next.GetManagedFields()
		next.Object = live.DeepCopy().Object
		set(next.Object, "status", status)
		next.SetManagedFields(managed)
		return nil
	}
	next.SetName(live.GetName())
	next.SetUID(live.GetUID())
	next.SetCreationTimestamp(live.GetCreationTimestamp())
	next.SetDeletionTimestamp(live.GetDeletionTimestamp())
	next.SetDeletionGracePeriodSeconds(live.GetDeletionGracePeriodSeconds())
	next.SetGeneration(live.GetGeneration())
	next.SetSelfLink("")
	if r.Kind.HasStatus && options.Subresource == "" {
		set(next.Object, "status", live.DeepCopy().Object["status"])
	}
	return nil
}

// set puts a value, or takes away what stands there when it is nil.
func set(in map[string]any, name string, value any) {
	if value == nil {
		delete(in, name)
		return
	}
	in[name] = value
}

// isSame reports whether nothing has changed but the time of it, which stands with
// the owners of the fields.
func isSame(next, live *api.Object) bool {
	a, b := api.Map(next.Object, "metadata"), api.Map(live.Object, "metadata")
	if !sameBut(next.Object, live.Object, "metadata") || !sameBut(a, b, "managedFields") {
		return false
	}
	before, _ := b["managedFields"].([]any)
	after, _ := a["managedFields"].([]any)
	return slices.EqualFunc(after, before, func(a, b any) bool {
		owner, _ := a.(map[string]any)
		was, _ := b.(map[string]any)
		return sameBut(owner, was, "time")
	})
}

// sameBut reports whether two objects, or parts of them, are equal apart from some
// fields.
func sameBut(a, b map[string]any, except ...string) bool {
	strip := func(all map[string]any) map[string]any {
		rest := maps.Clone(all)
		for _, name := range except {
			delete(rest, name)
		}
		return rest
	}
	return equality.Semantic.DeepEqual(strip(a), strip(b))
}
