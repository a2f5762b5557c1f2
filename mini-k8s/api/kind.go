// Package api holds the vocabulary of the orchestrator's resources: what a kind
// is, how its objects are read, and the table in which an API server looks
// kinds up. The kinds themselves stand in api/kinds, a file each.
//
// Objects are maps, as JSON has them, so that what a newer client writes is
// kept, and a kind made at run time is as good as one compiled in. Nothing here
// serves or stores anything.
package api

import (
	"net/url"
	"time"

	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Kind is all that an API server needs to know of a kind of object. Functions
// that are nil do nothing.
type Kind struct {
	Group, Version, Kind string
	Plural, Singular     string
	Short, Categories    []string
	Namespaced           bool
	// StoredAs is the part of a key that stands for the kind; empty is Plural.
	StoredAs string
	// Typed returns a new Go value of the kind. Protobuf and strategic merge
	// patches need it; everything else works on maps.
	Typed func() runtime.Object

	// ValidName says what is wrong with a name; nil asks for a DNS subdomain.
	ValidName validation.ValidateNameFunc
	// Default fills in what a client left out.
	Default func(o *Object)
	// Prepare settles what clients may not write themselves. Old is nil when
	// the object is new.
	Prepare func(o, old *Object)
	// Validate says what is wrong, with Kubernetes' words.
	Validate func(o, old *Object) field.ErrorList
	// Selectable are the fields that ?fieldSelector may name, besides name
	// and namespace.
	Selectable []string

	HasStatus  bool // status is written through /status alone
	Generation bool // metadata.generation counts the changes of the spec
	Scale      *Scale
	Actions    map[string]Action
	// Streams are the sub-resources that lead to the node an object is on; nil is
	// one that is not supported.
	Streams map[string]Stream
	// Grace is for how long a deleted object stays, to be finished by who
	// runs it, in seconds. Asked is what the client wants.
	Grace func(o *Object, asked *int64) int64

	// Deleting writes what else changes when a deletion begins.
	Deleting func(o *Object)

	// Columns are those of a table, and Row the cells of an object.
	Columns []Column
	Row     func(o *Object, now time.Time) []any
}

// Column heads a table. What has a priority above 0 is for `-o wide`.
type Column struct {
	Name, Type, Format, Description string
	Priority                        int32
}

// Scale says where a kind keeps what the sub-resource scale shows.
type Scale struct {
	Replicas       []string // path of the number that is wanted
	StatusReplicas []string
	Selector       []string
}

// Action is a sub-resource that takes an object of another kind and changes the
// one it is sent to.
type Action struct {
	Body  schema.GroupVersionKind
	Typed func() runtime.Object // a new body
	Verb  string                // create or update
	// Apply changes o as body says. An error is the client's.
	Apply func(o, body *Object) error
	// Deletes says that the object is deleted instead, with the body's
	// deleteOptions.
	Deletes bool
}

// Stream says where a sub-resource of an object leads that its node answers for. An
// error is the client's.
type Stream func(o *Object, query url.Values) (Location, error)

// Location is a path of a node's kubelet.
type Location struct{ Node, Path string }

// GroupVersion is the kind's, as paths have it.
func (k *Kind) GroupVersion() schema.GroupVersion {
	return schema.GroupVersion{Group: k.Group, Version: k.Version}
}

// GroupVersionKind is what an object of the kind says of itself.
func (k *Kind) GroupVersionKind() schema.GroupVersionKind {
	return k.GroupVersion().WithKind(k.Kind)
}

// Resource names the kind in errors: deployments.apps.
func (k *Kind) Resource() schema.GroupResource {
	return schema.GroupResource{Group: k.Group, Resource: k.Plural}
}

// Prefix is what the keys of all its objects begin with.
func (k *Kind) Prefix() string {
	if k.StoredAs != "" {
		return "/registry/" + k.StoredAs + "/"
	}
	return "/registry/" + k.Plural + "/"
}

// Key is where an object stands in the store, laid out as Kubernetes does.
func (k *Kind) Key(namespace, name string) string {
	return k.NamespacePrefix(namespace) + name
}

// NamespacePrefix is what the keys of a namespace's objects begin with; without
// a namespace those of all objects.
func (k *Kind) NamespacePrefix(namespace string) string {
	if !k.Namespaced || namespace == "" {
		return k.Prefix()
	}
	return k.Prefix() + namespace + "/"
}

// Value returns a new Go value of the kind; nil where it has no type.
func (k *Kind) Value() runtime.Object {
	if k.Typed == nil {
		return nil
	}
	return k.Typed()
}
