package kinds

import (
	"fmt"
	"time"

	"drydock/mini-k8s/api"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// deployment brings pods from one version to the next by way of ReplicaSets.
func deployment() *api.Kind {
	return &api.Kind{
		Group: "apps", Version: "v1", Kind: "Deployment", Plural: "deployments", Singular: "deployment", Short: []string{"deploy"},
		Categories: []string{"all"}, Namespaced: true,
		Typed:      func() runtime.Object { return &appsv1.Deployment{} },
		HasStatus:  true,
		Generation: true,
		Scale:      &replicas,
		Default:    defaultDeployment,
		Prepare: func(o, old *api.Object) {
			if old == nil {
				o.Object["status"] = map[string]any{}
			}
		},
		Validate: validateWorkload,
		Columns: []api.Column{
			nameColumn, text("Ready", "Number of the pod with ready state"), integer("Up-to-date", "Total number of non-terminating pods targeted by this deployment that have the desired template spec."),
			integer("Available", "Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment."), ageColumn,
			wide("Containers", "Names of each container in the template."), wide("Images", "Images referenced by each container in the template."),
			wide("Selector", "Label selector for pods."),
		},
		Row: func(o *api.Object, now time.Time) []any {
			names, images := namesAndImages(api.Map(o.Object, "spec", "template", "spec"))
			status := api.Map(o.Object, "status")
			return []any{
				o.GetName(), fmt.Sprintf("%d/%d", api.Int(status, "readyReplicas"), api.Int(o.Object, "spec", "replicas")),
				api.Int(status, "updatedReplicas"), api.Int(status, "availableReplicas"), api.ObjectAge(o, now),
				names, images, labelSelector(api.Map(o.Object, "spec", "selector")),
			}
		},
	}
}

func defaultDeployment(o *api.Object) {
	spec := o.Object
	api.Default(spec, int64(1), "spec", "replicas")
	api.Default(spec, int64(10), "spec", "revisionHistoryLimit")
	api.Default(spec, int64(600), "spec", "progressDeadlineSeconds")
	api.Default(spec, "RollingUpdate", "spec", "strategy", "type")
	if api.String(spec, "spec", "strategy", "type") == "RollingUpdate" {
		api.Default(spec, "25%", "spec", "strategy", "rollingUpdate", "maxUnavailable")
		api.Default(spec, "25%", "spec", "strategy", "rollingUpdate", "maxSurge")
	}
	defaultTemplate(o)
}
