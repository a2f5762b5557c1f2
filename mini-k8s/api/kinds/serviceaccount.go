package kinds

import (
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// serviceAccount is who a pod is, to the API server.
func serviceAccount() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "ServiceAccount", Plural: "serviceaccounts", Singular: "serviceaccount", Short: []string{"sa"}, Namespaced: true,
		Typed:   func() runtime.Object { return &corev1.ServiceAccount{} },
		Columns: []api.Column{nameColumn, integer("Secrets", "Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use."), ageColumn},
		Row: func(o *api.Object, now time.Time) []any {
			return []any{o.GetName(), int64(len(api.Maps(o.Object, "secrets"))), api.ObjectAge(o, now)}
		},
	}
}
