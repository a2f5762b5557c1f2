package apiserver

import (
	"fmt"
	"net/http"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"drydock/mini-k8s/apiserver/answer"
)

// resource answers a request for objects.
func (s *Server) resource(w http.ResponseWriter, r *http.Request) {
	req, err := s.parse(r)
	if err == nil {
		err = s.dispatch(w, req)
	}
	if err != nil {
		answer.Error(w, err)
	}
}

// dispatch sends a request to its verb.
func (s *Server) dispatch(w http.ResponseWriter, r *request) error {
	if r.subresource != "" && r.subresource != "status" {
		return s.sub(w, r)
	}
	if r.subresource == "status" && (!r.kind.HasStatus || r.verb() == "create" || r.verb() == "delete") {
		return errNoPath
	}
	switch verb := r.verb(); {
	case verb == "get":
		return get(w, r)
	case verb == "list":
		return list(w, r)
	case verb == "watch":
		return watch(w, r)
	case verb == "create" && r.name == "":
		return create(w, r)
	case verb == "update" && r.name != "":
		return update(w, r)
	case verb == "patch" && r.name != "":
		return change(w, r)
	case verb == "delete":
		return remove(w, r)
	case verb == "deletecollection":
		return removeAll(w, r)
	}
	return apierrors.NewMethodNotSupported(r.kind.Resource(), r.verb())
}

func get(w http.ResponseWriter, r *request) error {
	o, err := r.registry.Get(r.Context(), r.namespace, r.name)
	if err != nil {
		return err
	}
	answer.JSON(w, http.StatusOK, r.form.One(r.kind, o, true))
	return nil
}

func list(w http.ResponseWriter, r *request) error {
	options, err := r.listOptions()
	if err != nil {
		return err
	}
	found, err := r.registry.List(r.Context(), r.namespace, options)
	if err != nil {
		return err
	}
	metadata := map[string]any{"resourceVersion": found.ResourceVersion}
	if found.Continue != "" {
		metadata["continue"] = found.Continue
	}
	if found.Remaining != nil {
		metadata["remainingItemCount"] = *found.Remaining
	}
	answer.JSON(w, http.StatusOK, r.form.Many(r.kind, found.Items, metadata))
	return nil
}

// listOptions reads the query of a list or watch. One object that is watched is
// a selection by name.
func (r *request) listOptions() (*metav1.ListOptions, error) {
	q := r.query
	options := &metav1.ListOptions{
		LabelSelector: q.Get("labelSelector"), FieldSelector: q.Get("fieldSelector"),
		ResourceVersion: q.Get("resourceVersion"), Continue: q.Get("continue"),
		ResourceVersionMatch: metav1.ResourceVersionMatch(q.Get("resourceVersionMatch")),
		AllowWatchBookmarks:  isTrue(q, "allowWatchBookmarks"),
	}
	if r.name != "" {
		options.FieldSelector = "metadata.name=" + r.name
	}
	if q.Has("sendInitialEvents") {
		initial := isTrue(q, "sendInitialEvents")
		options.SendInitialEvents = &initial
	}
	for name, target := range map[string]func(int64){
		"limit":          func(n int64) { options.Limit = n },
		"timeoutSeconds": func(n int64) { options.TimeoutSeconds = &n },
	} {
		if text := q.Get(name); text != "" {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil || n < 0 {
				return nil, apierrors.NewBadRequest(fmt.Sprintf("%s: Invalid value: %q", name, text))
			}
			target(n)
		}
	}
	return options, nil
}
