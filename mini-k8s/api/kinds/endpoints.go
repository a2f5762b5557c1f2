package kinds

import (
	"fmt"
	"strings"
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// endpoints is the older form of endpointSlice: all addresses of a Service in
// one object.
func endpoints() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Endpoints", Plural: "endpoints", Singular: "endpoints", Short: []string{"ep"}, Namespaced: true,
		StoredAs: "services/endpoints",
		//lint:ignore SA1019 this is what serves it
		Typed: func() runtime.Object { return &corev1.Endpoints{} },
		Default: func(o *api.Object) {
			for _, subset := range api.Maps(o.Object, "subsets") {
				for _, port := range api.Maps(subset, "ports") {
					api.Default(port, "TCP", "protocol")
				}
			}
		},
		Columns: []api.Column{nameColumn, text("Endpoints", "The set of all endpoints is the union of all subsets."), ageColumn},
		Row: func(o *api.Object, now time.Time) []any {
			return []any{o.GetName(), endpointsList(o), api.ObjectAge(o, now)}
		},
	}
}

// endpointsList shows three addresses at the most.
func endpointsList(o *api.Object) string {
	var all []string
	for _, subset := range api.Maps(o.Object, "subsets") {
		ports := api.Maps(subset, "ports")
		for _, address := range api.Maps(subset, "addresses") {
			if len(ports) == 0 {
				all = append(all, api.String(address, "ip"))
			}
			for _, port := range ports {
				all = append(all, fmt.Sprintf("%s:%d", api.String(address, "ip"), api.Int(port, "port")))
			}
		}
	}
	return someOf(all)
}

// someOf joins what is in a list; what is beyond three is only counted.
func someOf(all []string) string {
	if len(all) > 3 {
		return fmt.Sprintf("%s + %d more...", strings.Join(all[:3], ","), len(all)-3)
	}
	return orNone(strings.Join(all, ","))
}
