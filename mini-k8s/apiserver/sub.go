package apiserver

import (
	"fmt"
	"net/http"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/registry"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// sub answers for sub-resources other than status.
func (s *Server) sub(w http.ResponseWriter, r *request) error {
	action, ok := r.kind.Actions[r.subresource]
	leads, isStream := r.kind.Streams[r.subresource]
	switch {
	case r.subresource == "scale" && r.kind.Scale != nil:
		return scale(w, r)
	case isStream:
		return s.stream(w, r, leads)
	case !ok:
		return errNoPath
	case r.verb() != action.Verb:
		return apierrors.NewMethodNotSupported(r.kind.Resource(), r.verb())
	}
	return act(w, r, action)
}

// stream passes a request on to the node that an object is on.
func (s *Server) stream(w http.ResponseWriter, r *request, leads api.Stream) error {
	if leads == nil || s.config.Nodes == nil {
		return noStream(r)
	}
	o, err := r.registry.Get(r.Context(), r.namespace, r.name)
	if err != nil {
		return err
	}
	to, err := leads(o, r.query)
	if err != nil {
		return err
	}
	node, err := s.lookup(r.Context(), "Node", "", to.Node)
	if err != nil {
		return err
	}
	return s.config.Nodes.Pass(w, r.Request, node, to)
}

// noStream is the answer for what cannot be asked of a node.
func noStream(r *request) error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusNotImplemented, Reason: metav1.StatusReasonMethodNotAllowed,
		Message: fmt.Sprintf("%s/%s is not supported: this API server has no way to the node that runs %s for it", r.kind.Plural, r.subresource, r.name),
	}}
}

// act sends a body of another kind to an object.
func act(w http.ResponseWriter, r *request, action api.Action) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	sent, err := r.body(w)
	if err != nil {
		return err
	}
	body, warnings, err := codec.Decode(sent, action.Body, action.Typed)
	answer.Warn(w, warnings)
	if err != nil {
		return err
	}
	if action.Deletes {
		return evict(w, r, body, options)
	}
	o, err := r.registry.Update(r.Context(), r.namespace, r.name, func(live *api.Object) (*api.Object, error) {
		if err := action.Apply(live, body); err != nil {
			return nil, apierrors.NewConflict(r.kind.Resource(), r.name+"/"+r.subresource, err)
		}
		return live, nil
	}, options)
	switch {
	case err != nil:
		return err
	case action.Verb == "create":
		answer.JSON(w, http.StatusCreated, success())
	default:
		answer.JSON(w, http.StatusOK, o.Object)
	}
	return nil
}

func success() metav1.Status {
	return metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess, Code: http.StatusCreated}
}

// evict deletes as the body's deleteOptions say.
func evict(w http.ResponseWriter, r *request, body *api.Object, options registry.Options) error {
	how := &metav1.DeleteOptions{}
	if raw := api.Map(body.Object, "deleteOptions"); raw != nil {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(raw, how); err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
	}
	options.Subresource = ""
	options.DryRun = options.DryRun || len(how.DryRun) > 0
	if _, _, err := r.registry.Delete(r.Context(), r.namespace, r.name, how, options); err != nil {
		return err
	}
	answer.JSON(w, http.StatusCreated, success())
	return nil
}
