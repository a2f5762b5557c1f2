package apiserver

import (
	"fmt"
	"net/http"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"
	"drydock/mini-k8s/apiserver/discovery"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// scale shows and sets the number of replicas of a kind that has one, wherever
// the kind keeps it: who scales need not know the kind.
func scale(w http.ResponseWriter, r *request) error {
	switch r.verb() {
	case "get":
		o, err := r.registry.Get(r.Context(), r.namespace, r.name)
		if err != nil {
			return err
		}
		answer.JSON(w, http.StatusOK, scaleOf(r.kind, o).Object)
		return nil
	case "update":
		return updateScale(w, r)
	case "patch":
		p, err := r.patch(w)
		if err != nil {
			return err
		}
		return setScale(w, r, func(current *api.Object) (*api.Object, error) {
			return p.Apply(current, newScale())
		})
	}
	return apierrors.NewMethodNotSupported(r.kind.Resource(), r.verb())
}

func updateScale(w http.ResponseWriter, r *request) error {
	sent, err := r.body(w)
	if err != nil {
		return err
	}
	want, _, err := codec.Decode(sent, discovery.ScaleKind, newScale)
	if err != nil {
		return err
	}
	return setScale(w, r, func(*api.Object) (*api.Object, error) { return want, nil })
}

// setScale changes an object by what changes in its scale.
func setScale(w http.ResponseWriter, r *request, change func(current *api.Object) (*api.Object, error)) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	o, err := r.registry.Update(r.Context(), r.namespace, r.name, func(live *api.Object) (*api.Object, error) {
		want, err := change(scaleOf(r.kind, live))
		if err != nil {
			return nil, err
		}
		number := api.Int(want.Object, "spec", "replicas")
		if number < 0 {
			at := field.NewPath("spec", "replicas")
			return nil, apierrors.NewInvalid(discovery.ScaleKind.GroupKind(), r.name, validation.ValidateNonnegativeField(number, at))
		}
		api.Set(live.Object, number, r.kind.Scale.Replicas...)
		if version := want.GetResourceVersion(); version != "" {
			live.SetResourceVersion(version)
		}
		return live, nil
	}, options)
	if err != nil {
		return err
	}
	answer.JSON(w, http.StatusOK, scaleOf(r.kind, o).Object)
	return nil
}

func newScale() runtime.Object { return &autoscalingv1.Scale{} }

// scaleOf shows an object as its scale.
func scaleOf(k *api.Kind, o *api.Object) *api.Object {
	scale := map[string]any{
		"apiVersion": discovery.ScaleKind.GroupVersion().String(), "kind": discovery.ScaleKind.Kind,
		"metadata": map[string]any{
			"name": o.GetName(), "namespace": o.GetNamespace(), "uid": string(o.GetUID()),
			"resourceVersion": o.GetResourceVersion(), "creationTimestamp": api.Get(o.Object, "metadata", "creationTimestamp"),
		},
		"spec":   map[string]any{"replicas": api.Int(o.Object, k.Scale.Replicas...)},
		"status": map[string]any{"replicas": api.Int(o.Object, k.Scale.StatusReplicas...)},
	}
	if selector, err := api.Selector(api.Map(o.Object, k.Scale.Selector...)); err == nil {
		api.Set(scale, fmt.Sprint(selector), "status", "selector")
	}
	return &api.Object{Object: scale}
}
