// Package patch changes an object by what a client says is different: a list of
// operations (JSON patch, RFC 6902), an object with the fields to overwrite
// (JSON merge patch, RFC 7386), or the latter with lists merged by their keys
// (strategic merge patch, Kubernetes' own). Server-side apply, the fourth type,
// knows who owns which field and stands in package ownership.
package patch

import (
	"fmt"
	"strings"

	"drydock/mini-k8s/api"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// Types returns the media types of patches.
func Types() []string {
	return []string{string(types.JSONPatchType), string(types.MergePatchType), string(types.StrategicMergePatchType), string(types.ApplyYAMLPatchType)}
}

// maxOperations is how many operations a JSON patch may have, as in Kubernetes:
// a short patch could double an object with each.
const maxOperations = 10000

// Patch is what a client sent.
type Patch struct {
	Type  types.PatchType
	Bytes []byte
}

// Apply returns the patched object. Typed is a value of the object's Go type,
// which says how its lists are merged; nil where there is none.
func (p Patch) Apply(o *api.Object, typed runtime.Object) (*api.Object, error) {
	switch p.Type {
	case types.JSONPatchType:
		return p.operations(o)
	case types.MergePatchType:
		change, err := p.object()
		if err != nil {
			return nil, err
		}
		return &api.Object{Object: Merge(o.Object, change)}, nil
	case types.StrategicMergePatchType:
		if typed != nil {
			return p.strategic(o, typed)
		}
	}
	return nil, Unsupported(p.Type)
}

// operations applies a JSON patch.
func (p Patch) operations(o *api.Object) (*api.Object, error) {
	operations, err := jsonpatch.DecodePatch(p.Bytes)
	switch {
	case err != nil:
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	case len(operations) > maxOperations:
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("The allowed maximum operations in a JSON patch is %d, got %d", maxOperations, len(operations)))
	}
	before, err := o.MarshalJSON()
	if err != nil {
		return nil, err
	}
	after, err := operations.Apply(before)
	if err != nil {
		return nil, refused(err)
	}
	patched := &api.Object{}
	if err := json.Unmarshal(after, &patched.Object); err != nil || patched.Object == nil {
		return nil, apierrors.NewBadRequest("the patch leaves no object")
	}
	return patched, nil
}

// refused is the answer to a patch that does not fit: a test that fails, a path
// that is not there.
func refused(err error) error {
	status := apierrors.NewGenericServerResponse(422, "", schema.GroupResource{}, "", err.Error(), 0, false)
	status.ErrStatus.Message = fmt.Sprintf("the server rejected our request due to an error in our request: %v", err)
	status.ErrStatus.Reason = metav1.StatusReasonInvalid
	return status
}

// Merge overwrites the fields of an object with those of a change; null takes a
// field away (RFC 7386, Processing Merge Patch Documents).
func Merge(target, change map[string]any) map[string]any {
	merged := make(map[string]any, len(target))
	for name, value := range target {
		merged[name] = value
	}
	for name, value := range change {
		switch value := value.(type) {
		case nil:
			delete(merged, name)
		case map[string]any:
			inner, _ := merged[name].(map[string]any)
			merged[name] = Merge(inner, value)
		default:
			merged[name] = value
		}
	}
	return merged
}

// strategic merges lists by the keys that the Go type's fields are tagged with.
func (p Patch) strategic(o *api.Object, typed runtime.Object) (*api.Object, error) {
	change, err := p.object()
	if err != nil {
		return nil, err
	}
	patched, err := strategicpatch.StrategicMergeMapPatch(o.Object, change, typed)
	if err != nil {
		return nil, refused(err)
	}
	return &api.Object{Object: patched}, nil
}

// object reads a patch that is an object.
func (p Patch) object() (map[string]any, error) {
	var change map[string]any
	if err := json.Unmarshal(p.Bytes, &change); err != nil {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	if change == nil {
		return nil, apierrors.NewBadRequest("error decoding patch: it is not an object")
	}
	return change, nil
}

// Unsupported is the answer to a patch of a type that the kind cannot take.
func Unsupported(form types.PatchType) error {
	err := apierrors.NewGenericServerResponse(415, "patch", schema.GroupResource{}, "", "", 0, false)
	err.ErrStatus.Reason = metav1.StatusReasonUnsupportedMediaType
	err.ErrStatus.Message = fmt.Sprintf("the body of the request was in an unknown format - accepted media types include: %s (got %s)", strings.Join(Types(), ", "), form)
	err.ErrStatus.Details = nil
	return err
}
