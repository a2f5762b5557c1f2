package kinds

import (
	"fmt"
	"strings"
	"time"

	"drydock/mini-k8s/api"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"
)

// service is a name and an address that stand for whichever pods it selects.
// Its cluster address is given out by the API server's admission.
func service() *api.Kind {
	return &api.Kind{
		Version: "v1", Kind: "Service", Plural: "services", Singular: "service", Short: []string{"svc"},
		Categories: []string{"all"}, Namespaced: true, StoredAs: "services/specs",
		Typed:      func() runtime.Object { return &corev1.Service{} },
		HasStatus:  true,
		ValidName:  validation.NameIsDNS1035Label,
		Selectable: []string{"spec.clusterIP", "spec.type"},
		Default:    defaultService,
		Prepare: func(o, old *api.Object) {
			if old == nil {
				o.Object["status"] = map[string]any{"loadBalancer": map[string]any{}}
			}
		},
		Validate: validateService,
		Columns: []api.Column{
			nameColumn, text("Type", "type determines how the Service is exposed."), text("Cluster-IP", "clusterIP is the IP address of the service and is usually assigned randomly."),
			text("External-IP", "externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service."),
			text("Port(s)", "The list of ports that are exposed by this service."), ageColumn,
			wide("Selector", "Route service traffic to pods with label keys and values matching this selector."),
		},
		Row: serviceRow,
	}
}

func defaultService(o *api.Object) {
	s := o.Object
	api.Default(s, "ClusterIP", "spec", "type")
	api.Default(s, "None", "spec", "sessionAffinity")
	if api.String(s, "spec", "sessionAffinity") == "ClientIP" {
		api.Default(s, int64(10800), "spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds")
	}
	kind := api.String(s, "spec", "type")
	if kind == "ExternalName" {
		return
	}
	api.Default(s, "Cluster", "spec", "internalTrafficPolicy")
	if kind == "NodePort" || kind == "LoadBalancer" {
		api.Default(s, "Cluster", "spec", "externalTrafficPolicy")
	}
	if kind == "LoadBalancer" {
		api.Default(s, true, "spec", "allocateLoadBalancerNodePorts")
	}
	for _, port := range api.Maps(s, "spec", "ports") {
		api.Default(port, "TCP", "protocol")
		api.Default(port, port["port"], "targetPort")
	}
}

func serviceRow(o *api.Object, now time.Time) []any {
	spec := api.Map(o.Object, "spec")
	return []any{
		o.GetName(), api.String(spec, "type"), orNone(api.String(spec, "clusterIP")), externalAddress(o),
		servicePorts(spec), api.ObjectAge(o, now), equalities(api.Map(spec, "selector")),
	}
}

func externalAddress(o *api.Object) string {
	spec := api.Map(o.Object, "spec")
	external := strings.Join(api.Strings(spec, "externalIPs"), ",")
	switch api.String(spec, "type") {
	case "ExternalName":
		return api.String(spec, "externalName")
	case "LoadBalancer":
		var given []string
		for _, ingress := range api.Maps(o.Object, "status", "loadBalancer", "ingress") {
			given = append(given, api.String(ingress, "ip")+api.String(ingress, "hostname"))
		}
		if len(given)+len(external) == 0 {
			return "<pending>"
		}
		return strings.Trim(strings.Join(given, ",")+","+external, ",")
	}
	return orNone(external)
}

func servicePorts(spec map[string]any) string {
	var shown []string
	for _, port := range api.Maps(spec, "ports") {
		number := fmt.Sprint(api.Int(port, "port"))
		if onNodes := api.Int(port, "nodePort"); onNodes > 0 {
			number += fmt.Sprintf(":%d", onNodes)
		}
		shown = append(shown, number+"/"+api.String(port, "protocol"))
	}
	return orNone(strings.Join(shown, ","))
}
