package kinds

import (
	"fmt"
	"time"

	"drydock/mini-k8s/api"

	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// endpointSlice is a part of the addresses behind a Service, at most a hundred,
// so that a change of one does not send all.
func endpointSlice() *api.Kind {
	return &api.Kind{
		Group: "discovery.k8s.io", Version: "v1", Kind: "EndpointSlice", Plural: "endpointslices", Singular: "endpointslice", Namespaced: true,
		Typed:      func() runtime.Object { return &discoveryv1.EndpointSlice{} },
		Generation: true,
		Default: func(o *api.Object) {
			for _, port := range api.Maps(o.Object, "ports") {
				api.Default(port, "", "name")
				api.Default(port, "TCP", "protocol")
			}
		},
		Columns: []api.Column{
			nameColumn, text("AddressType", "addressType specifies the type of address carried by this EndpointSlice."),
			text("Ports", "ports specifies the list of network ports exposed by each endpoint in this slice."),
			text("Endpoints", "endpoints is a list of unique endpoints in this slice."), ageColumn,
		},
		Row: func(o *api.Object, now time.Time) []any {
			var ports, addresses []string
			for _, port := range api.Maps(o.Object, "ports") {
				ports = append(ports, fmt.Sprint(api.Int(port, "port")))
			}
			for _, endpoint := range api.Maps(o.Object, "endpoints") {
				addresses = append(addresses, api.Strings(endpoint, "addresses")...)
			}
			shownPorts, shownAddresses := someOf(ports), someOf(addresses)
			if len(ports) == 0 {
				shownPorts = "<unset>"
			}
			if len(addresses) == 0 {
				shownAddresses = "<unset>"
			}
			return []any{o.GetName(), api.String(o.Object, "addressType"), shownPorts, shownAddresses, api.ObjectAge(o, now)}
		},
	}
}
