package kinds

import (
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// namespace is a room for names. One that is deleted stays, Terminating, until
// a controller has emptied it and takes spec.finalizers off.
func namespace() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Namespace", Plural: "namespaces", Singular: "namespace", Short: []string{"ns"},
		Typed:      func() runtime.Object { return &corev1.Namespace{} },
		HasStatus:  true,
		ValidName:  validation.NameIsDNSLabel,
		Selectable: []string{"status.phase"},
		Default: func(o *api.Object) {
			labels := o.GetLabels()
			if labels == nil {
				labels = map[string]string{}
			}
			labels["kubernetes.io/metadata.name"] = o.GetName()
			o.SetLabels(labels)
		},
		Prepare:  prepareNamespace,
		Deleting: func(o *api.Object) { api.Set(o.Object, "Terminating", "status", "phase") },
		Actions: map[string]api.Action{"finalize": {
			Body: schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, Typed: func() runtime.Object { return &corev1.Namespace{} }, Verb: "update",
			Apply: func(o, body *api.Object) error {
				api.Set(o.Object, api.Get(body.Object, "spec", "finalizers"), "spec", "finalizers")
				return nil
			},
		}},
		Columns: []api.Column{nameColumn, text("Status", "The status of the namespace"), ageColumn},
		Row: func(o *api.Object, now time.Time) []any {
			return []any{o.GetName(), api.String(o.Object, "status", "phase"), api.ObjectAge(o, now)}
		},
	}
}

func prepareNamespace(o, old *api.Object) {
	if old == nil {
		api.Set(o.Object, "Active", "status", "phase")
		api.Set(o.Object, []any{"kubernetes"}, "spec", "finalizers")
		return
	}
	api.Set(o.Object, api.Get(old.Object, "spec"), "spec")
}
