package registry

import (
	"context"
	"crypto/rand"
	"errors"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/store"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// Create writes a new object and returns it as it was stored.
func (r *Registry) Create(ctx context.Context, namespace string, o *api.Object, options Options) (*api.Object, error) {
	if err := r.begin(namespace, o); err != nil {
		return nil, err
	}
	if r.Kind.Default != nil {
		r.Kind.Default(o)
	}
	if r.Kind.Prepare != nil {
		r.Kind.Prepare(o, nil)
	}
	done, err := r.admit(ctx, o, nil, options)
	if err != nil {
		return nil, err
	}
	defer done()
	if err := r.validate(o, nil); err != nil {
		return nil, err
	}
	if err := r.own(o, nil, options); err != nil {
		return nil, err
	}
	return o, r.insert(ctx, o, options)
}

// insert stores a new object unless its name is taken.
func (r *Registry) insert(ctx context.Context, o *api.Object, options Options) (err error) {
	if !options.DryRun {
		err = r.write(ctx, o, 0)
	} else if _, found := r.Store.Get(ctx, r.key(o)); found == nil {
		err = store.ErrConflict
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrConflict):
		return apierrors.NewAlreadyExists(r.Kind.Resource(), o.GetName())
	}
	return asStatus(err)
}

// begin gives a new object the metadata that only the server knows.
func (r *Registry) begin(namespace string, o *api.Object) error {
	if o.GetResourceVersion() != "" {
		return apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
	}
	if err := r.place(namespace, o); err != nil {
		return err
	}
	if o.GetName() == "" && o.GetGenerateName() != "" {
		o.SetName(generated(o.GetGenerateName()))
	}
	o.SetUID(types.UID(uuid.NewUUID()))
	o.SetCreationTimestamp(metav1.NewTime(r.Now().UTC()))
	o.SetDeletionTimestamp(nil)
	o.SetDeletionGracePeriodSeconds(nil)
	o.SetSelfLink("")
	o.SetGeneration(0)
	if r.Kind.Generation {
		o.SetGeneration(1)
	}
	return nil
}

// place checks an object's namespace against that of the request.
func (r *Registry) place(namespace string, o *api.Object) error {
	switch own := o.GetNamespace(); {
	case !r.Kind.Namespaced:
		o.SetNamespace("")
	case own == "":
		o.SetNamespace(namespace)
	case own != namespace:
		return apierrors.NewBadRequest("the namespace of the provided object does not match the namespace sent on the request")
	}
	return nil
}

// suffixLetters are without vowels and look-alikes: no words come about.
const suffixLetters = "bcdfghjklmnpqrstvwxz2456789"

// generated makes a name of metadata.generateName.
func generated(prefix string) string {
	const most, length = 63, 5
	random := make([]byte, length)
	_, _ = rand.Read(random) // never fails (crypto/rand.Read)
	for i, b := range random {
		random[i] = suffixLetters[int(b)%len(suffixLetters)]
	}
	return prefix[:min(len(prefix), most-length)] + string(random)
}

// asStatus makes an error of the store one that a client understands.
func asStatus(err error) error {
	if status := apierrors.APIStatus(nil); errors.As(err, &status) {
		return err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return apierrors.NewTimeoutError("request did not complete within the allowed duration", 0)
	}
	return apierrors.NewInternalError(err)
}
