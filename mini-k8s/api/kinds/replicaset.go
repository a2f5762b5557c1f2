package kinds

import (
	"time"

	"drydock/mini-k8s/api"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// replicaSet keeps a number of equal pods.
func replicaSet() *api.Kind {
	return &api.Kind{
		Group: "apps", Version: "v1", Kind: "ReplicaSet", Plural: "replicasets", Singular: "replicaset", Short: []string{"rs"},
		Categories: []string{"all"}, Namespaced: true,
		Typed:      func() runtime.Object { return &appsv1.ReplicaSet{} },
		HasStatus:  true,
		Generation: true,
		Selectable: []string{"status.replicas"},
		Scale:      &replicas,
		Default: func(o *api.Object) {
			api.Default(o.Object, int64(1), "spec", "replicas")
			defaultTemplate(o)
		},
		Prepare: func(o, old *api.Object) {
			if old == nil {
				o.Object["status"] = map[string]any{"replicas": int64(0)}
			}
		},
		Validate: validateWorkload,
		Columns: []api.Column{
			nameColumn, integer("Desired", "Replicas is the number of desired pods."), integer("Current", "Replicas is the most recently observed number of non-terminating pods."),
			integer("Ready", "The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition."), ageColumn,
			wide("Containers", "Names of each container in the template."), wide("Images", "Images referenced by each container in the template."),
			wide("Selector", "Selector is a label query over pods that should match the replica count."),
		},
		Row: func(o *api.Object, now time.Time) []any {
			names, images := namesAndImages(api.Map(o.Object, "spec", "template", "spec"))
			return []any{
				o.GetName(), api.Int(o.Object, "spec", "replicas"), api.Int(o.Object, "status", "replicas"), api.Int(o.Object, "status", "readyReplicas"),
				api.ObjectAge(o, now), names, images, labelSelector(api.Map(o.Object, "spec", "selector")),
			}
		},
	}
}

// replicas is where the kinds of apps/v1 keep their numbers.
var replicas = api.Scale{
	Replicas: []string{"spec", "replicas"}, StatusReplicas: []string{"status", "replicas"}, Selector: []string{"spec", "selector"},
}

// validateWorkload checks what a ReplicaSet and a Deployment have in common.
func validateWorkload(o, old *api.Object) field.ErrorList {
	spec, at := api.Map(o.Object, "spec"), field.NewPath("spec")
	errs := validation.ValidateNonnegativeField(api.Int(spec, "replicas"), at.Child("replicas"))
	errs = append(errs, validateSelector(spec, at)...)
	if old != nil {
		errs = append(errs, validation.ValidateImmutableField(spec["selector"], api.Get(old.Object, "spec", "selector"), at.Child("selector"))...)
	}
	template := api.Map(spec, "template", "spec")
	errs = append(errs, validatePodSpec(template, at.Child("template", "spec"))...)
	if policy := api.String(template, "restartPolicy"); policy != "" && policy != "Always" {
		errs = append(errs, field.NotSupported(at.Child("template", "spec", "restartPolicy"), policy, []string{"Always"}))
	}
	return errs
}
