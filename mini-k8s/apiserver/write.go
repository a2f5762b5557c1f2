package apiserver

import (
	"encoding/json"
	"net/http"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/apiserver/answer"
	"drydock/mini-k8s/apiserver/codec"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// object reads the object that a client sent, of the request's kind.
func (r *request) object(w http.ResponseWriter) (*api.Object, error) {
	body, err := r.body(w)
	if err != nil {
		return nil, err
	}
	o, warnings, err := codec.Decode(body, r.kind.GroupVersionKind(), r.kind.Typed)
	answer.Warn(w, warnings)
	return o, err
}

func create(w http.ResponseWriter, r *request) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	o, err := r.object(w)
	if err != nil {
		return err
	}
	if o, err = r.registry.Create(r.Context(), r.namespace, o, options); err != nil {
		return err
	}
	answer.JSON(w, http.StatusCreated, r.form.One(r.kind, o, true))
	return nil
}

func update(w http.ResponseWriter, r *request) error {
	options, err := r.options()
	if err != nil {
		return err
	}
	o, err := r.object(w)
	if err != nil {
		return err
	}
	o, err = r.registry.Update(r.Context(), r.namespace, r.name, func(*api.Object) (*api.Object, error) {
		return o.DeepCopy(), nil
	}, options)
	if err != nil {
		return err
	}
	answer.JSON(w, http.StatusOK, r.form.One(r.kind, o, true))
	return nil
}

func remove(w http.ResponseWriter, r *request) error {
	how, err := r.deleteOptions(w)
	if err != nil {
		return err
	}
	options, err := r.options()
	if err != nil {
		return err
	}
	options.DryRun = options.DryRun || len(how.DryRun) > 0
	o, gone, err := r.registry.Delete(r.Context(), r.namespace, r.name, how, options)
	switch {
	case err != nil:
		return err
	case gone && r.kind.Grace == nil:
		answer.JSON(w, http.StatusOK, deleted(r.kind, o))
	default:
		answer.JSON(w, http.StatusOK, r.form.One(r.kind, o, true))
	}
	return nil
}

// deleted says that an object is gone.
func deleted(k *api.Kind, o *api.Object) metav1.Status {
	return metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: metav1.StatusSuccess,
		Details: &metav1.StatusDetails{Name: o.GetName(), Group: k.Group, Kind: k.Plural, UID: o.GetUID()},
	}
}

// removeAll deletes what a list would show. What somebody else deletes first
// is deleted as well.
func removeAll(w http.ResponseWriter, r *request) error {
	how, err := r.deleteOptions(w)
	if err != nil {
		return err
	}
	selected, err := r.listOptions()
	if err != nil {
		return err
	}
	options, err := r.options()
	if err != nil {
		return err
	}
	options.DryRun = options.DryRun || len(how.DryRun) > 0
	found, err := r.registry.List(r.Context(), r.namespace, selected)
	if err != nil {
		return err
	}
	for _, o := range found.Items {
		_, _, err := r.registry.Delete(r.Context(), o.GetNamespace(), o.GetName(), how, options)
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	answer.JSON(w, http.StatusOK, r.form.Many(r.kind, found.Items, map[string]any{"resourceVersion": found.ResourceVersion}))
	return nil
}

// deleteOptions reads how to delete: from the body, or from the query where
// there is none.
func (r *request) deleteOptions(w http.ResponseWriter) (*metav1.DeleteOptions, error) {
	body, err := r.body(w)
	if err != nil {
		return nil, err
	}
	how := &metav1.DeleteOptions{}
	if len(body.Bytes) > 0 {
		// Clients send options of any group's version: they are all alike.
		o, _, err := codec.Decode(body, schema.GroupVersionKind{Kind: "DeleteOptions"}, newDeleteOptions)
		if err != nil {
			return nil, err
		}
		text, err := o.MarshalJSON()
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		return how, json.Unmarshal(text, how)
	}
	if err := metav1.Convert_url_Values_To_v1_DeleteOptions(&r.query, how, nil); err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	return how, nil
}

func newDeleteOptions() runtime.Object { return &metav1.DeleteOptions{} }
