// Package codec turns the bytes of a request into an object, and an object into
// the form that a client asked for: itself, a row of a table, its metadata.
//
// Kinds with a Go type are read by way of it: that drops what the type does not
// know, gives quantities and times the one form that they are compared in, and
// finds the same faults in the same words as Kubernetes.
package codec

import (
	"fmt"
	"mime"
	"strings"

	"drydock/mini-k8s/api"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

// The forms of a body.
const (
	JSON     = "application/json"
	YAML     = "application/yaml"
	Protobuf = "application/vnd.kubernetes.protobuf"
)

// Strictness says what becomes of fields that a kind does not have.
type Strictness string

// What ?fieldValidation may be.
const (
	Ignore Strictness = "Ignore"
	Warn   Strictness = "Warn"
	Strict Strictness = "Strict"
)

// Body is the bytes of a request.
type Body struct {
	ContentType string
	Bytes       []byte
	Strictness  Strictness
}

// Decode reads an object of a kind; of one without a version any will do. What is
// wrong with it and yet accepted comes back as warnings.
func Decode(body Body, want schema.GroupVersionKind, typed func() runtime.Object) (*api.Object, []string, error) {
	text, err := body.json(typed)
	if err != nil {
		return nil, nil, err
	}
	var said metav1.TypeMeta
	if err := json.UnmarshalCaseSensitivePreserveInts(text, &said); err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("couldn't get version/kind; json parse error: %v", err))
	}
	got := said.GroupVersionKind()
	switch {
	case got.Empty():
		got = want
	case got != want && (want.Version != "" || got.Kind != want.Kind):
		return nil, nil, mismatch(got, want)
	}
	return read(text, got, typed, body.Strictness)
}

// mismatch words an object that is not of the kind its path says.
func mismatch(got, want schema.GroupVersionKind) error {
	if got.GroupVersion() != want.GroupVersion() {
		return apierrors.NewBadRequest(fmt.Sprintf("the API version in the data (%s) does not match the expected API version (%s)", got.GroupVersion(), want.GroupVersion()))
	}
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: the kind in the data does not match the expected kind", got.Kind, got.Version, want.Kind))
}

// Normalize gives an object the form in which it is stored.
func Normalize(o *api.Object, typed func() runtime.Object, strictness Strictness) (*api.Object, []string, error) {
	if typed == nil {
		return o, nil, nil
	}
	text, err := o.MarshalJSON()
	if err != nil {
		return nil, nil, apierrors.NewBadRequest(err.Error())
	}
	return read(text, o.GroupVersionKind(), typed, strictness)
}

// read reads JSON by way of the kind's type, where it has one, and judges the fields
// that the kind does not have or that stand twice.
func read(text []byte, kind schema.GroupVersionKind, typed func() runtime.Object, strictness Strictness) (*api.Object, []string, error) {
	o := &api.Object{Object: map[string]any{}}
	var value any = &o.Object
	if typed != nil {
		value = typed()
	}
	faults, err := json.UnmarshalStrict(text, value)
	if err != nil {
		return nil, nil, unfit(kind, err)
	}
	if typed != nil {
		if o.Object, err = runtime.DefaultUnstructuredConverter.ToUnstructured(value); err != nil {
			return nil, nil, apierrors.NewBadRequest(err.Error())
		}
	}
	name(o, kind)
	var words []string
	for _, each := range faults {
		words = append(words, each.Error())
	}
	switch {
	case len(words) == 0 || strictness == Ignore:
		return o, nil, nil
	case strictness == Strict:
		return nil, nil, unfit(kind, fmt.Errorf("strict decoding error: %s", strings.Join(words, ", ")))
	}
	return o, words, nil
}

// unfit words an object that its kind cannot hold.
func unfit(kind schema.GroupVersionKind, err error) error {
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", kind.Kind, kind.Version, kind.Kind, err))
}

// name says of which kind an object is, and takes away the time without a value that
// a Go type puts in.
func name(o *api.Object, kind schema.GroupVersionKind) {
	if o.Object == nil { // it was null
		o.Object = map[string]any{}
	}
	o.SetGroupVersionKind(kind)
	if api.Get(o.Object, "metadata", "creationTimestamp") == nil {
		delete(api.Map(o.Object, "metadata"), "creationTimestamp")
	}
}

// json returns a body's bytes as JSON.
func (b Body) json(typed func() runtime.Object) ([]byte, error) {
	form, _, err := mime.ParseMediaType(b.ContentType)
	if err != nil {
		form = JSON // what is not said is JSON
	}
	switch form {
	case JSON:
		return b.Bytes, nil
	case YAML, "application/x-yaml":
		text, err := yaml.YAMLToJSON(b.Bytes)
		if err != nil {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("error converting YAML to JSON: %v", err))
		}
		return text, nil
	case Protobuf:
		return fromProtobuf(b.Bytes, typed)
	}
	return nil, unsupported(form)
}

func unsupported(form string) error {
	status := apierrors.NewGenericServerResponse(415, "", schema.GroupResource{}, "", "", 0, false)
	status.ErrStatus.Reason = metav1.StatusReasonUnsupportedMediaType
	status.ErrStatus.Message = fmt.Sprintf("the body of the request was in an unknown format - accepted media types include: %s, %s, %s (got %s)", JSON, YAML, Protobuf, form)
	status.ErrStatus.Details = nil
	return status
}

// fromProtobuf reads the form in which typed clients write.
func fromProtobuf(data []byte, typed func() runtime.Object) ([]byte, error) {
	if typed == nil {
		return nil, unsupported(Protobuf)
	}
	scheme := runtime.NewScheme() // knows no kind: the bytes go into the value as they are
	value, got, err := protobuf.NewSerializer(scheme, scheme).Decode(data, nil, typed())
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(value)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	o := &api.Object{Object: content}
	name(o, *got)
	return o.MarshalJSON()
}
