package apiserver

import (
	"net/http"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/ownership"
	"drydock/mini-k8s/apiserver/patch"
	"drydock/mini-k8s/apiserver/registry"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// own records who set which field, for every write that is not an apply.
func (s *Server) own(k *api.Kind, next, live *api.Object, options registry.Options) error {
	return s.owners.Update(k, next, live, ownership.Writer{Manager: options.Manager, Subresource: options.Subresource})
}

// apply answers a PATCH that says what its sender wants of an object, and no
// more. It makes the object when there is none.
func apply(w http.ResponseWriter, r *request, p patch.Patch) error {
	if r.query.Get("fieldManager") == "" {
		return apierrors.NewBadRequest("PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
	}
	options, err := r.options()
	if err != nil {
		return err
	}
	options.Unowned = true // Apply records the owners
	wanted, err := r.wanted(w, p)
	if err != nil {
		return err
	}
	by := ownership.Writer{Manager: options.Manager, Subresource: r.subresource, Force: isTrue(r.query, "force")}
	merge := func(live *api.Object) (*api.Object, error) {
		merged, err := r.owners.Apply(r.kind, live, wanted.DeepCopy(), by)
		if err != nil {
			return nil, err
		}
		merged, _, err = codec.Normalize(merged, r.kind.Typed, codec.Ignore)
		return merged, err
	}
	code := http.StatusOK
	o, err := r.registry.Update(r.Context(), r.namespace, r.name, merge, options)
	if apierrors.IsNotFound(err) && r.subresource == "" {
		code = http.StatusCreated
		if o, err = merge(nil); err == nil {
			o, err = r.registry.Create(r.Context(), r.namespace, o, options)
		}
	}
	if err != nil {
		return err
	}
	answer.JSON(w, code, r.form.One(r.kind, o, true))
	return nil
}

// wanted reads what a client applies. It is checked against the kind, and kept
// as it came: a field that is not mentioned is not wanted.
func (r *request) wanted(w http.ResponseWriter, p patch.Patch) (*api.Object, error) {
	strictness, err := r.strictness()
	if err != nil {
		return nil, err
	}
	body := codec.Body{ContentType: codec.YAML, Bytes: p.Bytes, Strictness: strictness}
	_, warnings, err := codec.Decode(body, r.kind.GroupVersionKind(), r.kind.Typed)
	if err != nil {
		return nil, err
	}
	answer.Warn(w, warnings)
	wanted, _, err := codec.Decode(body, r.kind.GroupVersionKind(), nil)
	if err != nil {
		return nil, err
	}
	switch name := wanted.GetName(); name {
	case "":
		wanted.SetName(r.name)
	case r.name:
	default:
		return nil, apierrors.NewBadRequest("the name of the object (" + name + ") does not match the name on the URL (" + r.name + ")")
	}
	if wanted.GetNamespace() == "" && r.namespace != "" {
		wanted.SetNamespace(r.namespace)
	}
	return wanted, nil
}
