package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"

	"drydock/mini-k8s/api"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Key names an object: its namespace and name.
type Key = types.NamespacedName

// KeyOf is the key of an object.
func KeyOf(o metav1.Object) Key { return Key{Namespace: o.GetNamespace(), Name: o.GetName()} }

// Selector selects objects of a kind, as ?labelSelector and ?fieldSelector do.
// The zero value selects everything.
type Selector struct{ Labels, Fields string }

func (s Selector) query() url.Values {
	query := url.Values{}
	if s.Labels != "" {
		query.Set("labelSelector", s.Labels)
	}
	if s.Fields != "" {
		query.Set("fieldSelector", s.Fields)
	}
	return query
}

// Resource is the objects of one kind. T is its Go type: corev1.Pod.
type Resource[T any] struct {
	Kind   *api.Kind
	client *Client
}

// Of returns the objects of a kind, which is known by its Go type.
func Of[T any](c *Client) *Resource[T] {
	for _, k := range c.Kinds.All() {
		if _, ok := any(k.Value()).(*T); ok {
			return For[T](c, k)
		}
	}
	panic(fmt.Sprintf("client.Of: no kind has the Go type %v", reflect.TypeFor[T]()))
}

// For returns the objects of a kind, seen through a type that may know less of
// them: metav1.PartialObjectMetadata fits all kinds.
func For[T any](c *Client, k *api.Kind) *Resource[T] {
	if _, ok := any(new(T)).(metav1.Object); !ok {
		panic(fmt.Sprintf("client.For: %v is no object", reflect.TypeFor[T]()))
	}
	return &Resource[T]{Kind: k, client: c}
}

// meta is an object's metadata. For has made sure that there is one.
func meta[T any](o *T) metav1.Object { return any(o).(metav1.Object) }

// Get returns an object as it is now.
func (r *Resource[T]) Get(ctx context.Context, namespace, name string) (*T, error) {
	return r.one(ctx, Request{Method: http.MethodGet, Path: Path(r.Kind, namespace, name)})
}

// List returns the selected objects of a namespace, or of all when that is
// empty.
func (r *Resource[T]) List(ctx context.Context, namespace string, selected Selector) ([]T, error) {
	list := struct{ Items []T }{}
	err := r.client.call(ctx, Request{Method: http.MethodGet, Path: Path(r.Kind, namespace, ""), Query: selected.query()}, &list)
	return list.Items, err
}

// Create makes an object and returns it as it was stored.
func (r *Resource[T]) Create(ctx context.Context, o *T) (*T, error) {
	return r.send(ctx, http.MethodPost, Path(r.Kind, meta(o).GetNamespace(), ""), o)
}

// Update writes an object that was read before. When somebody has changed it
// since, IsConflict: read it again.
func (r *Resource[T]) Update(ctx context.Context, o *T) (*T, error) {
	return r.send(ctx, http.MethodPut, Path(r.Kind, meta(o).GetNamespace(), meta(o).GetName()), o)
}

// UpdateStatus writes the status of an object, and nothing else of it.
func (r *Resource[T]) UpdateStatus(ctx context.Context, o *T) (*T, error) {
	return r.send(ctx, http.MethodPut, Path(r.Kind, meta(o).GetNamespace(), meta(o).GetName(), "status"), o)
}

// Patch changes some fields of an object, or of one of its sub-resources. A
// patch without a resourceVersion conflicts with nobody.
func (r *Resource[T]) Patch(ctx context.Context, namespace, name string, how types.PatchType, patch []byte, below ...string) (*T, error) {
	return r.one(ctx, Request{
		Method: http.MethodPatch, Path: Path(r.Kind, namespace, name, below...), Body: patch,
		Header: http.Header{"Content-Type": {string(how)}},
	})
}

// Delete deletes an object, or begins to. At most one set of options says how:
// with which grace, only which UID, what becomes of what it owns.
func (r *Resource[T]) Delete(ctx context.Context, namespace, name string, options ...metav1.DeleteOptions) error {
	_, err := r.delete(ctx, Key{Namespace: namespace, Name: name}, options)
	return err
}

// delete returns the object as it was left. Of one that is gone at once, most
// kinds have nothing left: the answer is a Status, and the object empty.
func (r *Resource[T]) delete(ctx context.Context, key Key, options []metav1.DeleteOptions) (*T, error) {
	request := Request{Method: http.MethodDelete, Path: Path(r.Kind, key.Namespace, key.Name)}
	for _, how := range options {
		how.Kind, how.APIVersion = "DeleteOptions", "v1"
		request.Body, _ = json.Marshal(how) // of texts and numbers: cannot fail
	}
	var answer json.RawMessage
	if err := r.client.call(ctx, request, &answer); err != nil {
		return nil, err
	}
	left, is := new(T), metav1.TypeMeta{}
	if err := json.Unmarshal(answer, &is); err != nil || is.Kind == "Status" {
		return left, err
	}
	return left, json.Unmarshal(answer, left)
}

// Post sends an object of another kind to a sub-resource: a Binding, an
// Eviction.
func (r *Resource[T]) Post(ctx context.Context, key Key, below string, body any) error {
	return r.Send(ctx, http.MethodPost, key, below, body)
}

// Send writes a body to a sub-resource.
func (r *Resource[T]) Send(ctx context.Context, method string, key Key, below string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return r.client.call(ctx, Request{Method: method, Path: Path(r.Kind, key.Namespace, key.Name, below), Body: text}, &struct{}{})
}

// send writes an object.
func (r *Resource[T]) send(ctx context.Context, method, path string, o *T) (*T, error) {
	body, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	return r.one(ctx, Request{Method: method, Path: path, Body: body})
}

// one sends a request that an object answers.
func (r *Resource[T]) one(ctx context.Context, request Request) (*T, error) {
	o := new(T)
	if err := r.client.call(ctx, request, o); err != nil {
		return nil, err
	}
	return o, nil
}
