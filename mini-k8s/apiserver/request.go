package apiserver

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/ownership"
	"drydock/mini-k8s/apiserver/registry"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// maxBody is how large a request may be, as Kubernetes has it.
const maxBody = 3 << 20

// request is a request for objects, as its path and query say.
type request struct {
	*http.Request
	registry    *registry.Registry
	owners      *ownership.Owners
	kind        *api.Kind
	namespace   string
	name        string // empty: all of them
	subresource string
	query       url.Values
	form        codec.Form
}

// parse reads a request: /api/v1/namespaces/NS/pods/NAME/status,
// /apis/apps/v1/deployments and what is between.
func (s *Server) parse(r *http.Request) (*request, error) {
	version := schema.GroupVersion{Group: r.PathValue("group"), Version: r.PathValue("version")}
	parts := strings.Split(strings.Trim(r.PathValue("rest"), "/"), "/")
	req := &request{Request: r, query: r.URL.Query()}
	// A namespace is an object too: what follows its name is a kind, unless
	// it is one of its own sub-resources.
	if len(parts) > 2 && parts[0] == "namespaces" && parts[2] != "status" && parts[2] != "finalize" {
		req.namespace, parts = parts[1], parts[2:]
	}
	if req.kind = s.config.Kinds.Find(version, parts[0]); req.kind == nil || len(parts) > 3 {
		return nil, errNoPath
	}
	parts = append(parts, "", "")
	req.name, req.subresource = parts[1], parts[2]
	if !req.kind.Namespaced && req.namespace != "" {
		return nil, errNoPath
	}
	if req.kind.Namespaced && req.namespace == "" && (req.name != "" || r.Method == http.MethodPost) {
		return nil, errNoPath
	}
	var ok bool
	if req.form, ok = codec.Negotiate(r.Header.Get("Accept")); !ok {
		return nil, notAcceptable()
	}
	req.form.Include = metav1.IncludeObjectPolicy(req.query.Get("includeObject"))
	req.registry, req.owners = s.Registry(req.kind), s.owners
	return req, nil
}

// errNoPath is the answer for a path that leads nowhere.
var errNoPath = &apierrors.StatusError{ErrStatus: metav1.Status{
	Status: metav1.StatusFailure, Code: http.StatusNotFound, Reason: metav1.StatusReasonNotFound,
	Message: "the server could not find the requested resource", Details: &metav1.StatusDetails{},
}}

func notAcceptable() error {
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusNotAcceptable, Reason: metav1.StatusReasonNotAcceptable,
		Message: "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io, application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
	}}
}

// verb is what the request does, as discovery and access rules name it.
func (r *request) verb() string {
	switch r.Method {
	case http.MethodPost:
		return "create"
	case http.MethodPut:
		return "update"
	case http.MethodPatch:
		return "patch"
	case http.MethodDelete:
		if r.name == "" {
			return "deletecollection"
		}
		return "delete"
	}
	switch {
	case isTrue(r.query, "watch"):
		return "watch"
	case r.name == "":
		return "list"
	}
	return "get"
}

func isTrue(query url.Values, name string) bool {
	value := query.Get(name)
	return query.Has(name) && value != "false" && value != "0"
}

// body reads what the client sent, and no more than it may send.
func (r *request) body(w http.ResponseWriter) (codec.Body, error) {
	body := codec.Body{ContentType: r.Header.Get("Content-Type")}
	var err error
	if body.Strictness, err = r.strictness(); err != nil {
		return body, err
	}
	if body.Bytes, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody)); err != nil {
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			return body, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("limit is %d", maxBody))
		}
		return body, apierrors.NewBadRequest(err.Error())
	}
	return body, nil
}

// strictness is what becomes of fields that the kind does not have.
func (r *request) strictness() (codec.Strictness, error) {
	switch asked := codec.Strictness(r.query.Get("fieldValidation")); asked {
	case "":
		return codec.Warn, nil
	case codec.Ignore, codec.Warn, codec.Strict:
		return asked, nil
	default:
		return "", apierrors.NewBadRequest(fmt.Sprintf("fieldValidation: Unsupported value: %q: supported values: \"Ignore\", \"Warn\", \"Strict\"", asked))
	}
}

// options are those of a write.
func (r *request) options() (registry.Options, error) {
	options := registry.Options{Subresource: r.subresource, Manager: r.manager()}
	switch asked := r.query["dryRun"]; {
	case len(asked) == 0:
	case len(asked) == 1 && asked[0] == metav1.DryRunAll:
		options.DryRun = true
	default:
		return options, apierrors.NewBadRequest(fmt.Sprintf("dryRun: Unsupported value: %q: supported values: \"All\"", asked))
	}
	return options, nil
}

// manager is who the fields of a write belong to: who the client says it is, or
// the first word of its User-Agent.
func (r *request) manager() string {
	if name := r.query.Get("fieldManager"); name != "" {
		return name
	}
	name, _, _ := strings.Cut(r.UserAgent(), "/")
	if name == "" {
		return "unknown"
	}
	return name[:min(len(name), 128)]
}
