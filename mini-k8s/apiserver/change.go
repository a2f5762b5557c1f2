package apiserver

import (
	"mime"
	"net/http"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/patch"

	"k8s.io/apimachinery/pkg/types"
)

// patch reads the patch that a client sent.
func (r *request) patch(w http.ResponseWriter) (patch.Patch, error) {
	form, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return patch.Patch{}, patch.Unsupported(types.PatchType(r.Header.Get("Content-Type")))
	}
	body, err := r.body(w)
	return patch.Patch{Type: types.PatchType(form), Bytes: body.Bytes}, err
}

// change answers a PATCH. The patch is made anew on what stands there now when
// somebody else was faster, so a patch without a resourceVersion conflicts with
// nobody.
func change(w http.ResponseWriter, r *request) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	p, err := r.patch(w)
	switch {
	case err != nil:
		return err
	case p.Type == types.ApplyYAMLPatchType:
		return apply(w, r, p)
	}
	fields, err := r.strictness()
	if err != nil {
		return err
	}
	var warnings []string
	o, err := r.registry.Update(r.Context(), r.namespace, r.name, func(live *api.Object) (*api.Object, error) {
		patched, err := p.Apply(live, r.kind.Value())
		if err != nil {
			return nil, err
		}
		patched, warnings, err = codec.Normalize(patched, r.kind.Typed, fields)
		return patched, err
	}, options)
	if err != nil {
		return err
	}
	answer.Warn(w, warnings)
	answer.JSON(w, http.StatusOK, r.form.One(r.kind, o, true))
	return nil
}
