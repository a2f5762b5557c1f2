package kinds

import (
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// configMap is text that pods read as environment or files.
func configMap() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "ConfigMap", Plural: "configmaps", Singular: "configmap", Short: []string{"cm"}, Namespaced: true,
		Typed:    func() runtime.Object { return &corev1.ConfigMap{} },
		Validate: validateKeys,
		Columns:  []api.Column{nameColumn, integer("Data", "Data contains the configuration data."), ageColumn},
		Row: func(o *api.Object, now time.Time) []any {
			return []any{o.GetName(), int64(len(api.Map(o.Object, "data")) + len(api.Map(o.Object, "binaryData"))), api.ObjectAge(o, now)}
		},
	}
}
