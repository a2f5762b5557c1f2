// Package ownership keeps metadata.managedFields: who set which field of an
// object, and by which kind of write. Server-side apply decides by it: fields
// that an applier no longer mentions go away when nobody else owns them, and
// fields that somebody else owns are a conflict. The merging is that of
// structured-merge-diff, which Kubernetes uses.
package ownership

import (
	"fmt"
	"sync"

	"drydock/mini-k8s/api"
	"drydock/mini-k8s/api/schema"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	kschema "k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// Owners records who owns the fields of objects.
type Owners struct {
	converter func() (managedfields.TypeConverter, error)
	mutex     sync.Mutex
	fields    map[place]*managedfields.FieldManager
}

// place is where writes of one sort go.
type place struct {
	kind        kschema.GroupVersionKind
	subresource string
}

// New returns the owners of objects whose fields the definitions describe.
func New(definitions schema.Definitions) *Owners {
	return &Owners{
		// Reading the definitions takes a while: whoever needs them first waits.
		converter: sync.OnceValues(func() (managedfields.TypeConverter, error) { return convert(definitions) }),
		fields:    map[place]*managedfields.FieldManager{},
	}
}

func convert(definitions schema.Definitions) (managedfields.TypeConverter, error) {
	schemas := make(map[string]*spec.Schema, len(definitions))
	for name, text := range definitions {
		s := &spec.Schema{}
		if err := s.UnmarshalJSON(text); err != nil {
			return nil, fmt.Errorf("reading definition of %s: %w", name, err)
		}
		schemas[name] = s
	}
	return managedfields.NewTypeConverter(schemas, false)
}

// Update notes in next what manager has changed against live; live is nil when
// next is new.
func (o *Owners) Update(k *api.Kind, next, live *api.Object, by Writer) error {
	fields, err := o.of(k, by.Subresource)
	if err != nil {
		return err
	}
	if live == nil {
		live = empty(k)
	}
	updated, err := fields.Update(live, next, by.Manager)
	if err != nil {
		return apierrors.NewInternalError(fmt.Errorf("recording owners of %s: %w", next.GetName(), err))
	}
	next.Object = updated.(*api.Object).Object
	return nil
}

// Writer is who writes and where.
type Writer struct {
	Manager     string
	Subresource string
	Force       bool // take over what others own
}

// Apply merges what a writer wants into live, which is nil when there is none.
// It returns the merged object; what others own is a conflict.
func (o *Owners) Apply(k *api.Kind, live, wanted *api.Object, by Writer) (*api.Object, error) {
	fields, err := o.of(k, by.Subresource)
	if err != nil {
		return nil, err
	}
	if live == nil {
		live = empty(k)
		live.SetName(wanted.GetName())
		live.SetNamespace(wanted.GetNamespace())
	}
	merged, err := fields.Apply(live, wanted, by.Manager, by.Force)
	if err != nil {
		return nil, err
	}
	return merged.(*api.Object), nil
}

// of returns what keeps the fields of writes to a kind.
func (o *Owners) of(k *api.Kind, subresource string) (*managedfields.FieldManager, error) {
	converter, err := o.converter()
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	o.mutex.Lock()
	defer o.mutex.Unlock()
	at := place{k.GroupVersionKind(), subresource}
	if fields, ok := o.fields[at]; ok {
		return fields, nil
	}
	fields, err := managedfields.NewDefaultFieldManager(converter, asIs{}, asIs{}, creator{k}, at.kind, at.kind.GroupVersion(), subresource, unowned(k, subresource))
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	o.fields[at] = fields
	return fields, nil
}

// unowned are the fields that a write does not reach, so that nobody comes to
// own them by it: status by way of the object, the rest by way of status.
func unowned(k *api.Kind, subresource string) map[fieldpath.APIVersion]fieldpath.Filter {
	if !k.HasStatus {
		return nil
	}
	paths := []fieldpath.Path{fieldpath.MakePathOrDie("status")}
	if subresource == "status" {
		paths = []fieldpath.Path{fieldpath.MakePathOrDie("spec"), fieldpath.MakePathOrDie("metadata", "labels")}
	}
	version := fieldpath.APIVersion(k.GroupVersion().String())
	return map[fieldpath.APIVersion]fieldpath.Filter{version: fieldpath.NewExcludeSetFilter(fieldpath.NewSet(paths...))}
}

func empty(k *api.Kind) *api.Object {
	o := &api.Object{Object: map[string]any{}}
	o.SetGroupVersionKind(k.GroupVersionKind())
	return o
}

// asIs is a conversion between versions where there is one, and defaults that
// are filled in elsewhere.
type asIs struct{}

func (asIs) Convert(in, out, _ any) error {
	from, isFrom := in.(*unstructured.Unstructured)
	to, isTo := out.(*unstructured.Unstructured)
	if !isFrom || !isTo {
		return fmt.Errorf("converting %T to %T: only maps are converted", in, out)
	}
	to.Object = from.Object
	return nil
}

func (asIs) ConvertToVersion(in runtime.Object, _ runtime.GroupVersioner) (runtime.Object, error) {
	return in, nil
}

func (asIs) ConvertFieldLabel(_ kschema.GroupVersionKind, label, value string) (string, string, error) {
	return label, value, nil
}

func (asIs) Default(runtime.Object) {}

// creator makes empty objects of a kind.
type creator struct{ kind *api.Kind }

func (c creator) New(kschema.GroupVersionKind) (runtime.Object, error) { return empty(c.kind), nil }
