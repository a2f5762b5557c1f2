package registry

import (
	"fmt"
	"slices"

	"drydock/mini-k8s/api"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
)

// Selection is what a label and a field selector leave over.
type Selection struct {
	labels labels.Selector
	fields fields.Selector
}

// Selection reads the selectors of a request.
func (r *Registry) Selection(options *metav1.ListOptions) (*Selection, error) {
	byLabel, err := labels.Parse(options.LabelSelector)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	byField, err := fields.ParseSelector(options.FieldSelector)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	for _, each := range byField.Requirements() {
		if each.Field != "metadata.name" && each.Field != "metadata.namespace" && !slices.Contains(r.Kind.Selectable, each.Field) {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("field label not supported: %s", each.Field))
		}
	}
	return &Selection{byLabel, byField}, nil
}

// Everything reports whether nothing is left out.
func (s *Selection) Everything() bool { return s.labels.Empty() && s.fields.Empty() }

// Matches reports whether an object is selected.
func (s *Selection) Matches(o *api.Object) bool {
	if s.Everything() {
		return true
	}
	return s.labels.Matches(labels.Set(o.GetLabels())) && s.fields.Matches(fieldsOf{o})
}

// fieldsOf shows an object's fields to a selector.
type fieldsOf struct{ object *api.Object }

func (f fieldsOf) Has(string) bool          { return true }
func (f fieldsOf) Get(dotted string) string { return api.FieldValue(f.object, dotted) }
