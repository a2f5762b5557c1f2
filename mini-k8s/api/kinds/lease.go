package kinds

import (
	"time"

	"drydock/mini-k8s/api"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// lease says who holds something and until when: that a node is alive, or which
// of several controllers leads.
func lease() *api.Kind {
	return &api.Kind{
		Group: "coordination.k8s.io", Version: "v1", Kind: "Lease", Plural: "leases", Singular: "lease", Namespaced: true,
		Typed:   func() runtime.Object { return &coordinationv1.Lease{} },
		Columns: []api.Column{nameColumn, text("Holder", "holderIdentity contains the identity of the holder of a current lease."), ageColumn},
		Row: func(o *api.Object, now time.Time) []any {
			return []any{o.GetName(), api.String(o.Object, "spec", "holderIdentity"), api.ObjectAge(o, now)}
		},
	}
}
