// Package registry applies a kind's rules between a request and the store: what
// is filled in, what a client may change, when an object really goes. It is
// generic over api.Kind and knows nothing of HTTP; its errors are the Status
// errors that clients expect.
package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"time"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/cache"
	"drydock/mini-k8s/store"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Registry is where the objects of one kind are written and read.
type Registry struct {
	Kind  *api.Kind
	Store store.Store
	Cache *cache.Cache
	Now   func() time.Time
	// Admit is asked before each write, after the kind's own rules; it may
	// change the object. What it returns is called when the write is done.
	Admit func(ctx context.Context, write Write) (done func(), err error)
	// Own records who set which field, unless Options says that it is not to be.
	Own func(k *api.Kind, next, live *api.Object, options Options) error
}

// Write is what an admission decides on.
type Write struct {
	Kind        *api.Kind
	Object, Old *api.Object // Old is nil when Object is new
	Options     Options
}

// Options are those of all writes.
type Options struct {
	Subresource string
	DryRun      bool   // do everything but write
	Manager     string // who writes, for managedFields
	Unowned     bool   // do not record Manager: Apply has done so
}

// Get returns an object as the store has it now.
func (r *Registry) Get(ctx context.Context, namespace, name string) (*api.Object, error) {
	o, _, err := r.read(ctx, namespace, name)
	return o, err
}

// read returns an object and the revision at which it was last written.
func (r *Registry) read(ctx context.Context, namespace, name string) (*api.Object, store.Revision, error) {
	entry, err := r.Store.Get(ctx, r.Kind.Key(namespace, name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, 0, apierrors.NewNotFound(r.Kind.Resource(), name)
	}
	if err != nil {
		return nil, 0, apierrors.NewInternalError(err)
	}
	o, err := cache.Decode(entry)
	if err != nil {
		return nil, 0, apierrors.NewInternalError(err)
	}
	return o, entry.Modified, nil
}

// write puts an object into the store and gives it its new resourceVersion.
// Before is the revision that is replaced; 0 when it must not be there.
func (r *Registry) write(ctx context.Context, o *api.Object, before store.Revision) error {
	stored := &api.Object{Object: maps.Clone(o.Object)}
	stored.Object["metadata"] = maps.Clone(api.Map(o.Object, "metadata"))
	stored.SetResourceVersion("")
	value, err := json.Marshal(stored.Object)
	if err != nil {
		return apierrors.NewBadRequest(err.Error())
	}
	entry, err := r.Store.Write(ctx, store.Change{Key: r.key(o), Value: value, If: before})
	if err != nil {
		return err
	}
	o.SetResourceVersion(fmt.Sprint(entry.Modified))
	return nil
}

// remove takes an object out of the store. What it returns is the object as it
// was last, at the revision of its deletion.
func (r *Registry) remove(ctx context.Context, o *api.Object, before store.Revision) (*api.Object, error) {
	entry, err := r.Store.Write(ctx, store.Change{Key: r.key(o), If: before})
	if err != nil {
		return nil, err
	}
	o.SetResourceVersion(fmt.Sprint(entry.Modified))
	return o, nil
}

func (r *Registry) key(o *api.Object) string { return r.Kind.Key(o.GetNamespace(), o.GetName()) }

// conflict is the answer to one who wrote what they had not read last.
func (r *Registry) conflict(name string) error {
	return apierrors.NewConflict(r.Kind.Resource(), name,
		errors.New("the object has been modified; please apply your changes to the latest version and try again"))
}

// admit asks the admission; without one everything is let through.
func (r *Registry) admit(ctx context.Context, next, live *api.Object, options Options) (func(), error) {
	if r.Admit == nil {
		return func() {}, nil
	}
	return r.Admit(ctx, Write{r.Kind, next, live, options})
}

// own records who set which field.
func (r *Registry) own(next, live *api.Object, options Options) error {
	if r.Own == nil || options.Unowned {
		return nil
	}
	return r.Own(r.Kind, next, live, options)
}

// validate asks the kind what is wrong with an object.
func (r *Registry) validate(next, live *api.Object) error {
	errs := validateMetadata(r.Kind, next)
	if r.Kind.Validate != nil {
		errs = append(errs, r.Kind.Validate(next, live)...)
	}
	if len(errs) == 0 {
		return nil
	}
	return apierrors.NewInvalid(r.Kind.GroupVersionKind().GroupKind(), next.GetName(), errs)
}
