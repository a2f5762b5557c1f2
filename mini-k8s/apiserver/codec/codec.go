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

// Decode reads an object of a kind; of one without a version any will do. What is wrong with it and yet accepted
// comes back as warnings.
func Decode(body Body, want schema.GroupVersionKind, typed func() runtime.Object) (*api.Object, []string, error) {
	text, err := body.json(typed)
	if err != nil {
		return nil, nil, err
	}
	o := &api.Object{}
	doubled, err := json.UnmarshalStrict(text, &o.Object)
	if err != nil || o.Object == nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("couldn't get version/kind; json parse error: %v", err))
	}
	got := o.GroupVersionKind()
	switch {
	case got.Empty():
		o.SetGroupVersionKind(want)
	case got != want && (want.Version != "" || got.Kind != want.Kind):
		return nil, nil, mismatch(got, want)
	}
	return Normalize(o, typed, Fields{body.Strictness, doubled})
}

// mismatch words an object that is not of the kind its path says.
func mismatch(got, want schema.GroupVersionKind) error {
	if got.GroupVersion() != want.GroupVersion() {
		return apierrors.NewBadRequest(fmt.Sprintf("the API version in the data (%s) does not match the expected API version (%s)", got.GroupVersion(), want.GroupVersion()))
	}
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: the kind in the data does not match the expected kind", got.Kind, got.Version, want.Kind))
}

// Fields says how an object's fields are judged, and what is known against them
// already.
type Fields struct {
	Strictness Strictness
	Known      []error
}

// Normalize gives an object the form in which it is stored.
func Normalize(o *api.Object, typed func() runtime.Object, fields Fields) (*api.Object, []string, error) {
	faults := fields.Known
	if typed != nil {
		value := typed()
		text, err := o.MarshalJSON()
		if err != nil {
			return nil, nil, apierrors.NewBadRequest(err.Error())
		}
		unknown, err := json.UnmarshalStrict(text, value)
		if err != nil {
			return nil, nil, unfit(o, err)
		}
		faults = append(faults, unknown...)
		if o, err = fromTyped(value, o.GroupVersionKind()); err != nil {
			return nil, nil, apierrors.NewBadRequest(err.Error())
		}
	}
	var words []string
	for _, each := range faults {
		words = append(words, each.Error())
	}
	switch {
	case len(words) == 0 || fields.Strictness == Ignore:
		return o, nil, nil
	case fields.Strictness == Strict:
		return nil, nil, unfit(o, fmt.Errorf("strict decoding error: %s", strings.Join(words, ", ")))
	}
	return o, words, nil
}

// unfit words an object that its kind cannot hold.
func unfit(o *api.Object, err error) error {
	kind := o.GroupVersionKind()
	return apierrors.NewBadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s: %v", kind.Kind, kind.Version, kind.Kind, err))
}

// fromTyped turns a Go value into a map.
func fromTyped(value runtime.Object, kind schema.GroupVersionKind) (*api.Object, error) {
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(value)
	if err != nil {
		return nil, err
	}
	o := &api.Object{Object: content}
	o.SetGroupVersionKind(kind)
	if api.Get(content, "metadata", "creationTimestamp") == nil {
		delete(api.Map(content, "metadata"), "creationTimestamp")
	}
	return o, nil
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
	o, err := fromTyped(value, *got)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return o.MarshalJSON()
}
